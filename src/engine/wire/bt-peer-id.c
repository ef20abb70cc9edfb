/* bt-peer-id.c - which client a peer id belongs to (BEP 20)
 *
 * A peer can claim to be anything: these are words for a list, nothing is decided by them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-extension.h"

#include "bt-wire-text-private.h"

#include <string.h>

#define PEER_ID_BYTES   20
#define VERSION_BYTES   24   /* of a version in words */
#define VERSION_AT      3    /* "-XX" comes before it */
#define VERSION_DIGITS  4
#define MIN_PRINTABLE   3    /* fewer characters are chance */

/* How the four characters of an Azureus style id are read. A letter is a digit above nine. */
typedef enum
{
  VERSION_NONE,       /* nobody knows */
  VERSION_DOTTED,     /* 1234: 1.2.3.4, without zeros at the end */
  VERSION_THREE,      /* 123x: 1.2.3; the last says what kind of build it is */
  VERSION_NUMERIC,    /* like DOTTED, up to the first letter */
  VERSION_PAIRS,      /* 0204: 2.04 */
  VERSION_INT_PAIRS,  /* 0204: 2.4 */
  VERSION_CHANGING,   /* 2940: 2.94; from 4 on 4060: 4.0.6 (Transmission) */
} VersionStyle;

typedef struct
{
  char         code[3];
  VersionStyle style;
  const char  *name;
} AzureusClient;

static const AzureusClient azureus_clients[] = {
  { "7T", VERSION_DOTTED, "aTorrent" },
  { "AB", VERSION_DOTTED, "AnyEvent::BitTorrent" },
  { "AG", VERSION_DOTTED, "Ares" },
  { "AR", VERSION_DOTTED, "Arctic" },
  { "AT", VERSION_DOTTED, "Artemis" },
  { "AV", VERSION_DOTTED, "Avicora" },
  { "AX", VERSION_PAIRS, "BitPump" },
  { "AZ", VERSION_DOTTED, "Azureus/Vuze" },
  { "A~", VERSION_DOTTED, "Ares" },
  { "BB", VERSION_DOTTED, "BitBuddy" },
  { "BC", VERSION_PAIRS, "BitComet" },
  { "BE", VERSION_DOTTED, "BitTorrent SDK" },
  { "BF", VERSION_DOTTED, "BitFlu" },
  { "BG", VERSION_DOTTED, "BTG" },
  { "BH", VERSION_DOTTED, "BitZilla" },
  { "BI", VERSION_DOTTED, "BiglyBT" },
  { "BL", VERSION_DOTTED, "BitLord" },
  { "BM", VERSION_DOTTED, "BitMagnet" },
  { "BN", VERSION_NONE, "Baidu Netdisk" },
  { "BP", VERSION_DOTTED, "BitTorrent Pro" },
  { "BR", VERSION_DOTTED, "BitRocket" },
  { "BS", VERSION_DOTTED, "BTSlave" },
  { "BT", VERSION_THREE, "BitTorrent" },
  { "BU", VERSION_DOTTED, "BigUp" },
  { "BW", VERSION_DOTTED, "BitWombat" },
  { "BX", VERSION_DOTTED, "Bittorrent X" },
  { "CD", VERSION_PAIRS, "Enhanced CTorrent" },
  { "CT", VERSION_DOTTED, "CTorrent" },
  { "DE", VERSION_THREE, "Deluge" },
  { "DP", VERSION_DOTTED, "Propagate Data Client" },
  { "EB", VERSION_DOTTED, "EBit" },
  { "ES", VERSION_DOTTED, "electric sheep" },
  { "FC", VERSION_DOTTED, "FileCroc" },
  { "FD", VERSION_THREE, "Free Download Manager" },
  { "FG", VERSION_PAIRS, "FlashGet" },
  { "FL", VERSION_DOTTED, "Folx" },
  { "FS", VERSION_DOTTED, "Freshet" },
  { "FT", VERSION_DOTTED, "FoxTorrent" },
  { "FW", VERSION_DOTTED, "FrostWire" },
  { "FX", VERSION_DOTTED, "Freebox" },
  { "GR", VERSION_DOTTED, "GetRight" },
  { "GS", VERSION_DOTTED, "GSTorrent" },
  { "GT", VERSION_DOTTED, "anacrolix/torrent" },
  { "HK", VERSION_DOTTED, "Hekate" },
  { "HL", VERSION_DOTTED, "Halite" },
  { "HM", VERSION_DOTTED, "hMule" },
  { "HN", VERSION_DOTTED, "Hydranode" },
  { "IL", VERSION_DOTTED, "iLivid" },
  { "JS", VERSION_DOTTED, "Justseed.it" },
  { "JT", VERSION_DOTTED, "JavaTorrent" },
  { "KG", VERSION_DOTTED, "KGet" },
  { "KT", VERSION_NUMERIC, "KTorrent" },
  { "LC", VERSION_DOTTED, "LeechCraft" },
  { "LH", VERSION_DOTTED, "LH-ABC" },
  { "LP", VERSION_PAIRS, "Lphant" },
  { "LR", VERSION_DOTTED, "LibreTorrent" },
  { "LT", VERSION_DOTTED, "libtorrent" },
  { "LW", VERSION_NONE, "LimeWire" },
  { "MG", VERSION_DOTTED, "MediaGet" },
  { "MK", VERSION_DOTTED, "Meerkat" },
  { "MO", VERSION_DOTTED, "MonoTorrent" },
  { "MP", VERSION_DOTTED, "MooPolice" },
  { "MR", VERSION_DOTTED, "Miro" },
  { "MT", VERSION_DOTTED, "MoonlightTorrent" },
  { "NB", VERSION_DOTTED, "Net::BitTorrent" },
  { "NE", VERSION_DOTTED, "BT Next Evolution" },
  { "NX", VERSION_DOTTED, "Net Transport" },
  { "OS", VERSION_DOTTED, "OneSwarm" },
  { "OT", VERSION_DOTTED, "OmegaTorrent" },
  { "PB", VERSION_DOTTED, "Protocol::BitTorrent" },
  { "PC", VERSION_DOTTED, "CacheLogic" },
  { "PD", VERSION_DOTTED, "Pando" },
  { "PE", VERSION_DOTTED, "PeerProject" },
  { "PI", VERSION_DOTTED, "PicoTorrent" },
  { "PT", VERSION_DOTTED, "Popcorn Time" },
  { "QD", VERSION_DOTTED, "QQDownload" },
  { "QT", VERSION_DOTTED, "Qt 4 Torrent example" },
  { "RM", VERSION_DOTTED, "RUM Torrent" },
  { "RS", VERSION_DOTTED, "Rufus" },
  { "RT", VERSION_DOTTED, "Retriever" },
  { "RZ", VERSION_DOTTED, "RezTorrent" },
  { "S~", VERSION_DOTTED, "Shareaza alpha/beta" },
  { "SB", VERSION_DOTTED, "Swiftbit" },
  { "SD", VERSION_DOTTED, "Thunder" },
  { "SK", VERSION_DOTTED, "spark" },
  { "SM", VERSION_DOTTED, "SoMud" },
  { "SN", VERSION_DOTTED, "ShareNET" },
  { "SP", VERSION_THREE, "BitSpirit" },
  { "SS", VERSION_DOTTED, "SwarmScope" },
  { "ST", VERSION_DOTTED, "SymTorrent" },
  { "SZ", VERSION_DOTTED, "Shareaza" },
  { "TB", VERSION_DOTTED, "Torch Browser" },
  { "TE", VERSION_DOTTED, "terasaur" },
  { "TL", VERSION_DOTTED, "Tribler" },
  { "TN", VERSION_DOTTED, "TorrentDotNET" },
  { "TR", VERSION_CHANGING, "Transmission" },
  { "TS", VERSION_DOTTED, "TorrentStorm" },
  { "TT", VERSION_DOTTED, "TuoTu" },
  { "TX", VERSION_DOTTED, "Tixati" },
  { "UE", VERSION_THREE, "µTorrent Embedded" },
  { "UL", VERSION_DOTTED, "uLeecher!" },
  { "UM", VERSION_THREE, "µTorrent Mac" },
  { "UT", VERSION_THREE, "µTorrent" },
  { "UW", VERSION_THREE, "µTorrent Web" },
  { "VG", VERSION_DOTTED, "Vagaa" },
  { "WD", VERSION_INT_PAIRS, "WebTorrent Desktop" },
  { "WS", VERSION_NONE, "web seed" },
  { "WT", VERSION_DOTTED, "BitLet" },
  { "WW", VERSION_INT_PAIRS, "WebTorrent" },
  { "WY", VERSION_DOTTED, "FireTorrent" },
  { "XF", VERSION_DOTTED, "Xfplay" },
  { "XL", VERSION_DOTTED, "Xunlei" },
  { "XS", VERSION_DOTTED, "XSwifter" },
  { "XT", VERSION_DOTTED, "XanTorrent" },
  { "XX", VERSION_DOTTED, "Xtorrent" },
  { "ZO", VERSION_DOTTED, "Zona" },
  { "ZT", VERSION_DOTTED, "ZipTorrent" },
  { "lt", VERSION_DOTTED, "libTorrent/rTorrent" },
  { "qB", VERSION_THREE, "qBittorrent" },
  { "rQ", VERSION_DOTTED, "rqbit" },
  { "st", VERSION_DOTTED, "SharkTorrent" },
};

/* What follows the letters of those who have a style of their own. */
typedef enum
{
  REST_NONE,
  REST_DASHED,  /* "4-20-8-": at least two numbers */
  REST_TEXT,    /* "2.7.2-" */
  REST_DIGITS,  /* "054": 0.5.4 */
  REST_BUILD,   /* "7685": as it is */
  REST_PAIRS,   /* "0325": 3.25 */
  REST_BYTES,   /* two bytes: major and minor */
} RestStyle;

typedef struct
{
  const char *prefix;
  guint8      n_prefix;
  RestStyle   style;
  const char *name;
} PrefixClient;

#define PREFIX(text) text, sizeof (text) - 1

/* The first that fits: longer ones before those they begin with. */
static const PrefixClient prefix_clients[] = {
  { PREFIX ("-aria2-"), REST_NONE, "aria2" },
  { PREFIX ("A2-"), REST_DASHED, "aria2" },
  { PREFIX ("-ML"), REST_TEXT, "MLDonkey" },
  { PREFIX ("-RN"), REST_TEXT, "Rain" },
  { PREFIX ("-BOW"), REST_NONE, "Bits on Wheels" },
  { PREFIX ("-G3"), REST_NONE, "G3 Torrent" },
  { PREFIX ("Mbrst"), REST_DASHED, "Burst!" },
  { PREFIX ("M"), REST_DASHED, "BitTorrent" },
  { PREFIX ("Q"), REST_DASHED, "Queen Bee" },
  { PREFIX ("AZ2500BT"), REST_NONE, "BitTyrant" },
  { PREFIX ("AP"), REST_TEXT, "AllPeers" },
  { PREFIX ("XBT"), REST_DIGITS, "XBT Client" },
  { PREFIX ("OP"), REST_BUILD, "Opera" },
  { PREFIX ("TIX"), REST_PAIRS, "Tixati" },
  { PREFIX ("346------"), REST_NONE, "TorrenTopia" },
  { PREFIX ("exbc"), REST_BYTES, "BitComet" },
  { PREFIX ("FUTB"), REST_BYTES, "BitComet (patched)" },
  { PREFIX ("\0\3BS"), REST_NONE, "BitSpirit 3" },
  { PREFIX ("\0\2BS"), REST_NONE, "BitSpirit 2" },
  { PREFIX ("btpd/"), REST_NONE, "btpd" },
  { PREFIX ("turbobt"), REST_NONE, "TurboBT" },
  { PREFIX ("Plus"), REST_NONE, "Plus!" },
  { PREFIX ("LIME"), REST_NONE, "LimeWire" },
  { PREFIX ("Pando-"), REST_NONE, "Pando" },
  { PREFIX ("Deadman Walking-"), REST_NONE, "Deadman" },
  { PREFIX ("martini"), REST_NONE, "Martini Man" },
};

static const struct
{
  char        letter;
  const char *name;
} shadow_clients[] = {
  { 'A', "ABC" },       { 'O', "Osprey Permaseed" }, { 'Q', "BTQueue" }, { 'R', "Tribler" },
  { 'S', "Shad0w's" },  { 'T', "BitTornado" },       { 'U', "UPnP NAT Bit Torrent" },
};

/* 0 to 35; -1: neither digit nor letter. */
static int
get_digit (guint8 byte)
{
  if (g_ascii_isdigit ((char) byte))
    return byte - '0';
  if (g_ascii_isalpha ((char) byte))
    return g_ascii_toupper ((char) byte) - 'A' + 10;
  return -1;
}

/* Writes up to `n_max` digits with dots between them, and at least two; zeros at the end are left out when
 * `may_shorten`. "" when there are not two digits. */
static void
write_dotted (const guint8 *digits,
              guint         n_max,
              gboolean      stops_at_letter,
              gboolean      may_shorten,
              char          version[VERSION_BYTES])
{
  guint n = 0;
  gsize at = 0;

  while (n < n_max && get_digit (digits[n]) >= 0 && !(stops_at_letter && get_digit (digits[n]) > 9))
    n++;
  while (may_shorten && n > 2 && digits[n - 1] == '0')
    n--;
  version[0] = '\0';
  if (n < 2)
    return;
  for (guint i = 0; i < n; i++)
    at += (gsize) g_snprintf (version + at, VERSION_BYTES - at, "%s%d",
                              i > 0 ? "." : "", get_digit (digits[i]));
}

/* How many of the first `n_bytes` bytes are digits, before anything else comes. */
static guint
count_digits (const guint8 *bytes,
              guint         n_bytes)
{
  guint n = 0;

  while (n < n_bytes && g_ascii_isdigit ((char) bytes[n]))
    n++;
  return n;
}

static gboolean
are_digits (const guint8 *bytes,
            guint         n_bytes)
{
  return count_digits (bytes, n_bytes) == n_bytes;
}

static void
write_pairs (const guint8 *digits,
             gboolean      as_integers,
             char          version[VERSION_BYTES])
{
  int major = (digits[0] - '0') * 10 + digits[1] - '0';
  int minor = (digits[2] - '0') * 10 + digits[3] - '0';

  version[0] = '\0';
  if (are_digits (digits, VERSION_DIGITS))
    g_snprintf (version, VERSION_BYTES, as_integers ? "%d.%d" : "%d.%02d", major, minor);
}

static void
write_azureus_version (const guint8 *digits,
                       VersionStyle  style,
                       char          version[VERSION_BYTES])
{
  version[0] = '\0';
  switch (style)
    {
    case VERSION_DOTTED:
      write_dotted (digits, VERSION_DIGITS, FALSE, TRUE, version);
      break;
    case VERSION_THREE:
      write_dotted (digits, 3, FALSE, FALSE, version);
      break;
    case VERSION_NUMERIC:
      write_dotted (digits, VERSION_DIGITS, TRUE, TRUE, version);
      break;
    case VERSION_PAIRS:
      write_pairs (digits, FALSE, version);
      break;
    case VERSION_INT_PAIRS:
      write_pairs (digits, TRUE, version);
      break;
    case VERSION_CHANGING:
      if (digits[0] >= '4')
        write_dotted (digits, 3, FALSE, FALSE, version);
      else if (are_digits (digits, 3))
        g_snprintf (version, VERSION_BYTES, "%c.%c%c", digits[0], digits[1], digits[2]);
      break;
    case VERSION_NONE:
    default:
      break;
    }
}

/* Numbers of up to two digits with dashes behind them. */
static void
write_dashed (const guint8 *bytes,
              guint         n_bytes,
              char          version[VERSION_BYTES])
{
  guint at = 0;
  gsize n_written = 0;
  guint n_numbers = 0;

  while (n_numbers < 4)
    {
      guint n_digits = count_digits (bytes + at, MIN (n_bytes - at, 2));

      if (n_digits == 0 || at + n_digits >= n_bytes || bytes[at + n_digits] != '-')
        break;
      n_written += (gsize) g_snprintf (version + n_written, VERSION_BYTES - n_written, "%s%.*s",
                                       n_numbers > 0 ? "." : "",
                                       (int) n_digits, (const char *) bytes + at);
      at += n_digits + 1;
      n_numbers++;
    }
  if (n_numbers < 2)
    version[0] = '\0';
}

static void
write_text (const guint8 *bytes,
            guint         n_bytes,
            char          version[VERSION_BYTES])
{
  guint n = 0;

  while (n < n_bytes && (g_ascii_isalnum ((char) bytes[n]) || bytes[n] == '.'))
    n++;
  version[0] = '\0';
  if (n > 0 && n < n_bytes && bytes[n] == '-')
    g_snprintf (version, VERSION_BYTES, "%.*s", (int) n, (const char *) bytes);
}

/* FALSE: the rest does not fit the client, so it is not that one. */
static gboolean
write_rest (const guint8 *bytes,
            guint         n_bytes,
            RestStyle     style,
            char          version[VERSION_BYTES])
{
  version[0] = '\0';
  switch (style)
    {
    case REST_DASHED:
      write_dashed (bytes, n_bytes, version);
      return version[0] != '\0';
    case REST_TEXT:
      write_text (bytes, n_bytes, version);
      return version[0] != '\0';
    case REST_DIGITS:
      write_dotted (bytes, 3, TRUE, FALSE, version);
      return are_digits (bytes, 3);
    case REST_BUILD:
      g_snprintf (version, VERSION_BYTES, "%.4s", (const char *) bytes);
      return are_digits (bytes, 4);
    case REST_PAIRS:
      write_pairs (bytes, FALSE, version);
      return version[0] != '\0';
    case REST_BYTES:
      g_snprintf (version, VERSION_BYTES, "%u.%02u", bytes[0], bytes[1]);
      return TRUE;
    case REST_NONE:
    default:
      return TRUE;
    }
}

static const char *
find_prefix_client (const guint8 *peer_id,
                    char          version[VERSION_BYTES])
{
  for (gsize i = 0; i < G_N_ELEMENTS (prefix_clients); i++)
    {
      const PrefixClient *client = &prefix_clients[i];
      guint               n = client->n_prefix;

      if (memcmp (peer_id, client->prefix, n) != 0 ||
          !write_rest (peer_id + n, PEER_ID_BYTES - n, client->style, version))
        continue;
      if (client->style == REST_BYTES && memcmp (peer_id + 6, "LORD", 4) == 0)
        return "BitLord";
      return client->name;
    }
  return NULL;
}

static const char *
find_azureus_client (const guint8 *peer_id,
                     char          version[VERSION_BYTES])
{
  if (peer_id[0] != '-')
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (azureus_clients); i++)
    {
      const AzureusClient *client = &azureus_clients[i];

      if (memcmp (peer_id + 1, client->code, 2) != 0)
        continue;
      write_azureus_version (peer_id + VERSION_AT, client->style, version);
      return client->name;
    }
  return NULL;
}

static const char *
find_shadow_client (const guint8 *peer_id,
                    char          version[VERSION_BYTES])
{
  guint n = 0;

  if (memcmp (peer_id + 6, "---", 3) != 0)
    return NULL;
  while (n < 5 && get_digit (peer_id[1 + n]) >= 0)
    n++;
  for (guint i = n; i < 5; i++)
    {
      if (peer_id[1 + i] != '-')
        return NULL;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (shadow_clients); i++)
    {
      if (peer_id[0] != (guint8) shadow_clients[i].letter)
        continue;
      write_dotted (peer_id + 1, n, FALSE, FALSE, version);
      return shadow_clients[i].name;
    }
  return NULL;
}

/* "-XY1234-" of a client that is in no table. */
static gboolean
is_azureus_style (const guint8 *peer_id)
{
  if (peer_id[0] != '-' || peer_id[7] != '-')
    return FALSE;
  for (guint i = 1; i < 7; i++)
    {
      if (get_digit (peer_id[i]) < 0)
        return FALSE;
    }
  return TRUE;
}

static const char *
copy_printable (const guint8 *peer_id,
                char         *buffer,
                gsize         n_buffer)
{
  guint begin = 0;
  guint end;

  while (begin < PEER_ID_BYTES && peer_id[begin] == '-')
    begin++;
  end = begin;
  while (end < PEER_ID_BYTES && g_ascii_isgraph ((char) peer_id[end]))
    end++;
  while (end > begin && peer_id[end - 1] == '-')
    end--;
  if (end - begin < MIN_PRINTABLE)
    end = begin;
  return bt_wire_copy_text (peer_id + begin, end - begin, buffer, n_buffer);
}

const char *
bt_peer_id_to_client (const guint8  peer_id[20],
                      char         *buffer,
                      gsize         n_buffer)
{
  char        version[VERSION_BYTES] = "";
  char        code[3] = { (char) peer_id[1], (char) peer_id[2], '\0' };
  char        text[64];
  const char *name = find_prefix_client (peer_id, version);

  if (name == NULL)
    name = find_azureus_client (peer_id, version);
  if (name == NULL)
    name = find_shadow_client (peer_id, version);
  if (name == NULL && is_azureus_style (peer_id))
    {
      write_azureus_version (peer_id + VERSION_AT, VERSION_DOTTED, version);
      name = code;
    }
  if (name == NULL)
    return copy_printable (peer_id, buffer, n_buffer);

  g_snprintf (text, sizeof text, version[0] != '\0' ? "%s %s" : "%s", name, version);
  return bt_wire_copy_text ((const guint8 *) text, strlen (text), buffer, n_buffer);
}
