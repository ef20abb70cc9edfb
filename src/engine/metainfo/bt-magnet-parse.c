/* bt-magnet-parse.c - a magnet link from text as it is found on pages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-magnet.h"
#include "bt-magnet-private.h"

#include "bt-metainfo-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SCHEME          "magnet:"
#define MULTIHASH_CHARS (4 + 2 * BT_SHA256_BYTES)
#define HEX_CHARS       (2 * BT_SHA1_BYTES)
#define BASE32_CHARS    32
#define MAX_KEY_CHARS   16

/* One parse. */
typedef struct
{
  BtMagnet *magnet;        /* owned */
  GString  *value;         /* owned; decoded, of the parameter at hand */
  guint     has_bad_hash : 1;
  guint     is_ambiguous : 1;
} Parse;

static void
skip_spaces (const char **p,
             const char **end)
{
  while (*p < *end && g_ascii_isspace (**p))
    (*p)++;
  while (*end > *p && g_ascii_isspace ((*end)[-1]))
    (*end)--;
}

gboolean
bt_magnet_is_uri (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  return g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) == 0;
}

/* --- Hashes --- */

static gboolean
parse_hex (const char *text,
           guint8     *out_bytes,
           gsize       n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      out_bytes[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

/* RFC 4648, of any case; 32 characters are 20 bytes without padding. */
static gboolean
parse_base32 (const char *text,
              guint8      out_bytes[BT_SHA1_BYTES])
{
  guint64 bits = 0;
  guint n_bits = 0;
  gsize n = 0;

  for (gsize i = 0; i < BASE32_CHARS; i++)
    {
      char c = g_ascii_toupper (text[i]);

      if (c >= 'A' && c <= 'Z')
        bits = bits << 5 | (guint64) (c - 'A');
      else if (c >= '2' && c <= '7')
        bits = bits << 5 | (guint64) (c - '2' + 26);
      else
        return FALSE;
      n_bits += 5;
      if (n_bits >= 8)
        {
          n_bits -= 8;
          out_bytes[n++] = (guint8) (bits >> n_bits);
        }
    }
  return TRUE;
}

static void
take_v1 (Parse        *parse,
         const guint8  hash[BT_SHA1_BYTES])
{
  BtMagnet *magnet = parse->magnet;

  if (magnet->has_v1 && memcmp (magnet->info_hash_v1, hash, BT_SHA1_BYTES) != 0)
    parse->is_ambiguous = TRUE;
  memcpy (magnet->info_hash_v1, hash, BT_SHA1_BYTES);
  magnet->has_v1 = TRUE;
}

static void
take_v2 (Parse        *parse,
         const guint8  hash[BT_SHA256_BYTES])
{
  BtMagnet *magnet = parse->magnet;

  if (magnet->has_v2 && memcmp (magnet->info_hash_v2, hash, BT_SHA256_BYTES) != 0)
    parse->is_ambiguous = TRUE;
  memcpy (magnet->info_hash_v2, hash, BT_SHA256_BYTES);
  magnet->has_v2 = TRUE;
}

/* Topics of other networks are none of our business. */
static void
take_topic (Parse *parse)
{
  static const char btih[] = "urn:btih:";
  static const char btmh[] = "urn:btmh:";
  const char *text = parse->value->str;
  guint8 hash[BT_SHA256_BYTES];
  gsize n;

  if (g_ascii_strncasecmp (text, btih, strlen (btih)) == 0)
    {
      text += strlen (btih);
      n = strlen (text);
      if ((n == HEX_CHARS && parse_hex (text, hash, BT_SHA1_BYTES)) ||
          (n == BASE32_CHARS && parse_base32 (text, hash)))
        take_v1 (parse, hash);
      else
        parse->has_bad_hash = TRUE;
    }
  else if (g_ascii_strncasecmp (text, btmh, strlen (btmh)) == 0)
    {
      text += strlen (btmh);
      if (strlen (text) == MULTIHASH_CHARS && memcmp (text, "1220", 4) == 0 &&
          parse_hex (text + 4, hash, BT_SHA256_BYTES))
        take_v2 (parse, hash);
      else
        parse->has_bad_hash = TRUE;
    }
}

/* --- Peers and files --- */

static gboolean
is_host_and_port (const char *text)
{
  const char *colon = strrchr (text, ':');
  guint64 port;

  if (colon == NULL || colon == text || colon - text > 255 ||
      !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    return FALSE;
  for (const char *p = text; p < colon; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '-' && *p != '_')
      return FALSE;
  return TRUE;
}

static void
take_peer (Parse *parse)
{
  BtMagnet *magnet = parse->magnet;
  const char *text = parse->value->str;
  BtAddress address;

  if (bt_address_parse (text, 0, &address))
    {
      if (!bt_address_is_connectable (&address) || magnet->peers->len == BT_MAGNET_MAX_PEERS)
        return;
      for (guint i = 0; i < magnet->peers->len; i++)
        if (bt_address_equal (&g_array_index (magnet->peers, BtAddress, i), &address))
          return;
      g_array_append_val (magnet->peers, address);
    }
  else if (is_host_and_port (text) && magnet->peer_hosts->len < BT_MAGNET_MAX_PEERS &&
           !g_ptr_array_find_with_equal_func (magnet->peer_hosts, text, g_str_equal, NULL))
    g_ptr_array_add (magnet->peer_hosts, g_strdup (text));
}

/* A decimal number at `*p`, which moves behind it. FALSE: there is none. Beyond `max` it is max + 1. */
static gboolean
scan_number (const char **p,
             guint64      max,
             guint64     *out_value)
{
  guint64 value = 0;

  if (!g_ascii_isdigit (**p))
    return FALSE;
  for (; g_ascii_isdigit (**p); (*p)++)
    if (value <= max)
      value = value * 10 + (guint64) (**p - '0');
  *out_value = MIN (value, max + 1);
  return TRUE;
}

/* BEP 53: "0,2,4,6-8". What is not a range is left out. */
static void
take_ranges (Parse *parse)
{
  const guint64 max = BT_METAINFO_MAX_FILES - 1;
  GArray *ranges = parse->magnet->ranges;
  const char *p = parse->value->str;

  while (*p != '\0' && ranges->len < BT_MAGNET_MAX_RANGES)
    {
      guint64 first, last;

      if (scan_number (&p, max, &first))
        {
          last = first;
          if (*p == '-')
            {
              p++;
              if (!scan_number (&p, max, &last))
                last = max + 2;  /* "3-": none */
            }
          if ((*p == ',' || *p == '\0') && first <= last && first <= max && last <= max + 1)
            {
              BtMagnetRange range = { (guint32) first, (guint32) MIN (last, max) };

              g_array_append_val (ranges, range);
            }
        }
      p += strcspn (p, ",");
      p += *p == ',';
    }
}

static void
take_length (Parse *parse)
{
  guint64 length;

  if (g_ascii_string_to_unsigned (parse->value->str, 10, 1, G_MAXINT64, &length, NULL))
    parse->magnet->length = length;
}

/* --- Parameters --- */

/* Percent-encoding, and with `has_pluses` that of forms. A % that introduces nothing stands for itself. */
static void
decode (GString    *out,
        const char *p,
        const char *end,
        gboolean    has_pluses)
{
  g_string_truncate (out, 0);
  while (p < end)
    {
      if (*p == '%' && end - p >= 3 && g_ascii_isxdigit (p[1]) && g_ascii_isxdigit (p[2]))
        {
          g_string_append_c (out, (char) (g_ascii_xdigit_value (p[1]) << 4 |
                                          g_ascii_xdigit_value (p[2])));
          p += 3;
          continue;
        }
      g_string_append_c (out, *p == '+' && has_pluses ? ' ' : *p);
      p++;
    }
}

/* "TR.12" is "tr". FALSE: nothing that we know is as long. */
static gboolean
normalize_key (const char *p,
               const char *end,
               char        out_key[MAX_KEY_CHARS + 1])
{
  gsize n = (gsize) (end - p);
  const char *digits = end;

  while (digits > p && g_ascii_isdigit (digits[-1]))
    digits--;
  if (digits > p && digits[-1] == '.')
    n = (gsize) (digits - 1 - p);
  if (n == 0 || n > MAX_KEY_CHARS)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    out_key[i] = g_ascii_tolower (p[i]);
  out_key[n] = '\0';
  return TRUE;
}

static void
take_parameter (Parse      *parse,
                const char *p,
                const char *end)
{
  const char *equals = memchr (p, '=', (gsize) (end - p));
  const guint8 *bytes;
  gsize n_bytes;
  char key[MAX_KEY_CHARS + 1];

  if (equals == NULL || !normalize_key (p, equals, key))
    return;
  decode (parse->value, equals + 1, end, strcmp (key, "dn") == 0);
  bytes = (const guint8 *) parse->value->str;
  n_bytes = parse->value->len;

  if (strcmp (key, "dn") == 0)
    bt_magnet_set_name (parse->magnet, bytes, n_bytes);
  else if (strcmp (key, "tr") == 0)
    bt_magnet_add_tracker (parse->magnet, bytes, n_bytes);
  else if (strcmp (key, "ws") == 0)
    bt_magnet_add_web_seed (parse->magnet, bytes, n_bytes);
  /* The others are plain text, and nothing of them lies behind a zero. */
  else if (memchr (bytes, 0, n_bytes) != NULL)
    return;
  else if (strcmp (key, "xt") == 0)
    take_topic (parse);
  else if (strcmp (key, "x.pe") == 0)
    take_peer (parse);
  else if (strcmp (key, "so") == 0)
    take_ranges (parse);
  else if (strcmp (key, "xl") == 0)
    take_length (parse);
}

/* What stands for & where the link was copied out of a page's source. */
static void
skip_entity (const char **p,
             const char  *end)
{
  static const char *const entities[] = { "amp;", "#38;", "#x26;" };

  for (gsize i = 0; i < G_N_ELEMENTS (entities); i++)
    if ((gsize) (end - *p) >= strlen (entities[i]) &&
        g_ascii_strncasecmp (*p, entities[i], strlen (entities[i])) == 0)
      {
        *p += strlen (entities[i]);
        return;
      }
}

static gboolean
take_parameters (Parse       *parse,
                 const char  *p,
                 const char  *end,
                 GError     **error)
{
  guint n = 0;

  while (p < end)
    {
      const char *next = memchr (p, '&', (gsize) (end - p));
      const char *stop = next != NULL ? next : end;

      if (n++ == BT_MAGNET_MAX_PARAMETERS)
        {
          g_set_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE,
                       _("The magnet link has more than %u parts"), BT_MAGNET_MAX_PARAMETERS);
          return FALSE;
        }
      take_parameter (parse, p, stop);
      if (next == NULL)
        break;
      p = next + 1;
      skip_entity (&p, end);
    }
  return TRUE;
}

static gboolean
check (const Parse  *parse,
       GError      **error)
{
  gboolean has_hash = parse->magnet->has_v1 || parse->magnet->has_v2;

  if (parse->is_ambiguous)
    g_set_error_literal (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_AMBIGUOUS,
                         _("The magnet link names more than one torrent"));
  else if (!has_hash && parse->has_bad_hash)
    g_set_error_literal (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_BAD_HASH,
                         _("The magnet link is damaged: its info-hash is not one"));
  else if (!has_hash)
    g_set_error_literal (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_NO_HASH,
                         _("The magnet link does not name a torrent"));
  return has_hash && !parse->is_ambiguous;
}

BtMagnet *
bt_magnet_new_from_uri (const char  *uri,
                        GError     **error)
{
  const char *p = uri;
  const char *end = uri + strlen (uri);
  Parse parse = { 0 };
  gboolean is_good;

  skip_spaces (&p, &end);
  if (end - p > (gssize) BT_MAGNET_MAX_BYTES)
    {
      g_set_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE,
                   _("The magnet link is longer than %u bytes"), BT_MAGNET_MAX_BYTES);
      return NULL;
    }
  if (!bt_magnet_is_uri (p))
    {
      g_set_error_literal (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_NOT_A_MAGNET,
                           _("This is not a magnet link"));
      return NULL;
    }
  p += strlen (SCHEME);
  /* Some programs make "magnet://?" and "magnet:/?" of it. */
  while (p < end && *p == '/')
    p++;
  if (p < end && *p == '?')
    p++;

  parse.magnet = bt_magnet_new ();
  parse.value = g_string_new (NULL);
  is_good = take_parameters (&parse, p, end, error) && check (&parse, error);
  g_string_free (parse.value, TRUE);
  if (!is_good)
    {
      bt_magnet_unref (parse.magnet);
      return NULL;
    }
  bt_magnet_finish (parse.magnet);
  return parse.magnet;
}
