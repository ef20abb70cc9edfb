/* bt-igd-message.c - the texts of UPnP by which a router (Internet Gateway Device) is found and asked for a port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-igd-message.h"

#include <stdlib.h>
#include <string.h>

#define NETWORK_BYTES 8  /* of an address of IPv6 */

/* In the order in which they are tried. */
static const char *const service_types[] = {
  "urn:schemas-upnp-org:service:WANIPConnection:2",
  "urn:schemas-upnp-org:service:WANIPConnection:1",
  "urn:schemas-upnp-org:service:WANPPPConnection:1",
  NULL,
};

static const char *const service_types6[] = {
  "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1",
  NULL,
};

const char *const *
bt_ssdp_get_targets (BtFamily family)
{
  static const char *const targets6[] = {
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1",
    NULL,
  };
  static const char *const targets[] = {
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
    NULL,
  };

  return family == BT_FAMILY_IPV6 ? targets6 : targets;
}

/* --- URLs --- */

/* Whether it is HTTP on that very address, by number: names would be asked of somebody else. */
static gboolean
is_on_host (const char      *url,
            const BtAddress *host)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  BtAddress address;

  return uri != NULL && g_str_equal (g_uri_get_scheme (uri), "http") &&
         g_uri_get_userinfo (uri) == NULL && g_uri_get_host (uri) != NULL &&
         bt_address_parse (g_uri_get_host (uri), 0, &address) &&
         bt_address_equal_ip (&address, host);
}

static gboolean
get_host (const char *url,
          BtAddress  *out_host)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL &&
         bt_address_parse (g_uri_get_host (uri), 0, out_host);
}

/* --- SSDP --- */

char *
bt_ssdp_write_search (const char *target,
                      const char *host)
{
  return g_strdup_printf ("M-SEARCH * HTTP/1.1\r\n"
                          "HOST: %s\r\n"
                          "MAN: \"ssdp:discover\"\r\n"
                          "MX: %u\r\n"
                          "ST: %s\r\n"
                          "\r\n",
                          host, BT_SSDP_WAIT_S, target);
}

/* Not link-local ones: those are nothing without an interface, and a router lets nobody ask from one for another. */
static gboolean
is_near (const BtAddress *address,
         const BtAddress *local)
{
  if (address->family != BT_FAMILY_IPV6)
    return bt_address_is_local (address);
  return local->family == BT_FAMILY_IPV6 && memcmp (address->ip, local->ip, NETWORK_BYTES) == 0;
}

gboolean
bt_ssdp_parse (const char      *bytes,
               gsize            n_bytes,
               const BtAddress *from,
               const BtAddress *local,
               char             out_url[BT_IGD_MAX_URL_BYTES])
{
  static const char name[] = "location:";
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (n_bytes > BT_SSDP_MAX_BYTES || memchr (bytes, 0, n_bytes) != NULL ||
      !is_near (from, local))
    return FALSE;
  text = g_strndup (bytes, n_bytes);
  if (!g_str_has_prefix (text, "HTTP/1.") || strstr (text, " 200") == NULL)
    return FALSE;
  lines = g_strsplit (text, "\n", 0);
  for (guint i = 1; lines[i] != NULL; i++)
    {
      const char *url;

      if (g_ascii_strncasecmp (lines[i], name, sizeof name - 1) != 0)
        continue;
      url = g_strstrip (lines[i] + sizeof name - 1);
      return is_on_host (url, from) &&
             g_strlcpy (out_url, url, BT_IGD_MAX_URL_BYTES) < BT_IGD_MAX_URL_BYTES;
    }
  return FALSE;
}

/* --- XML: GMarkup knows no entities but XML's five, and does not recurse --- */

/* What is between the tags of the element that is open. */
typedef struct
{
  GString *word;
  guint    depth;
} Reader;

/* Without its namespace. */
static const char *
get_local_name (const char *name)
{
  const char *colon = strrchr (name, ':');

  return colon != NULL ? colon + 1 : name;
}

static void
open_element (Reader  *reader,
              GError **error)
{
  g_string_truncate (reader->word, 0);
  if (++reader->depth > BT_IGD_MAX_DEPTH)
    g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
}

/* What is longer is none of the values that are of use. */
static void
text_cb (GMarkupParseContext  *context,
         const char           *text,
         gsize                 n_bytes,
         gpointer              user_data,
         GError              **error)
{
  Reader *reader = user_data;

  if (n_bytes < BT_IGD_MAX_URL_BYTES - reader->word->len)
    g_string_append_len (reader->word, text, (gssize) n_bytes);
}

/* What comes before the first fault counts: some devices end their texts badly. */
static void
parse_xml (const GMarkupParser *parser,
           const char          *text,
           gsize                n_bytes,
           gpointer             user_data)
{
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autofree char *valid = NULL;

  if (n_bytes > BT_IGD_MAX_TEXT_BYTES)
    return;
  /* Names of devices are in any encoding. */
  valid = g_utf8_make_valid (text, (gssize) n_bytes);
  context = g_markup_parse_context_new (parser, G_MARKUP_TREAT_CDATA_AS_TEXT, user_data, NULL);
  g_markup_parse_context_parse (context, valid, (gssize) strlen (valid), NULL);
}

/* --- Descriptions --- */

typedef struct
{
  Reader        reader;
  GString      *type;       /* of the service that is open */
  GString      *control;
  GString      *base;       /* URLBase */
  const char *const *types;
  BtIgdService *services;
  guint         n_services;
} Description;

static void
description_start_cb (GMarkupParseContext  *context,
                      const char           *name,
                      const char          **attribute_names,
                      const char          **attribute_values,
                      gpointer              user_data,
                      GError              **error)
{
  Description *description = user_data;

  open_element (&description->reader, error);
  if (g_str_equal (get_local_name (name), "service"))
    {
      g_string_truncate (description->type, 0);
      g_string_truncate (description->control, 0);
    }
}

/* Its URL is made whole when all is read: URLBase may come last. */
static void
add_service (Description *description)
{
  BtIgdService *service;

  for (const char *const *type = description->types; *type != NULL; type++)
    {
      if (description->n_services == BT_IGD_MAX_SERVICES || description->control->len == 0 ||
          !g_str_equal (*type, description->type->str))
        continue;
      service = &description->services[description->n_services];
      service->type = *type;
      if (g_strlcpy (service->url, description->control->str, BT_IGD_MAX_URL_BYTES) <
          BT_IGD_MAX_URL_BYTES)
        description->n_services++;
    }
}

static void
description_end_cb (GMarkupParseContext  *context,
                    const char           *name,
                    gpointer              user_data,
                    GError              **error)
{
  Description *description = user_data;
  const char *word = g_strstrip (description->reader.word->str);

  name = get_local_name (name);
  if (g_str_equal (name, "serviceType"))
    g_string_assign (description->type, word);
  else if (g_str_equal (name, "controlURL"))
    g_string_assign (description->control, word);
  else if (g_str_equal (name, "URLBase"))
    g_string_assign (description->base, word);
  else if (g_str_equal (name, "service"))
    add_service (description);
  g_string_truncate (description->reader.word, 0);
  description->reader.depth--;
}

/* FALSE: it leads elsewhere. */
static gboolean
make_whole (BtIgdService *service,
            const char   *base,
            const BtAddress *host)
{
  g_autofree char *url = g_uri_resolve_relative (base, service->url, G_URI_FLAGS_NONE, NULL);

  return url != NULL && is_on_host (url, host) &&
         g_strlcpy (service->url, url, BT_IGD_MAX_URL_BYTES) < BT_IGD_MAX_URL_BYTES;
}

static int
compare_services (gconstpointer a,
                  gconstpointer b)
{
  const BtIgdService *one = a, *other = b;

  for (const char *const *type = service_types; *type != NULL; type++)
    if (one->type == *type || other->type == *type)
      return (other->type == *type) - (one->type == *type);
  return 0;
}

guint
bt_igd_parse_description (const char   *text,
                          gsize         n_bytes,
                          const char   *url,
                          BtIgdService  out_services[BT_IGD_MAX_SERVICES])
{
  static const GMarkupParser parser = {
    .start_element = description_start_cb, .end_element = description_end_cb, .text = text_cb,
  };
  g_autoptr (GString) word = g_string_new (NULL), type = g_string_new (NULL);
  g_autoptr (GString) control = g_string_new (NULL), base = g_string_new (NULL);
  Description description = {
    .reader.word = word, .type = type, .control = control, .base = base, .services = out_services,
  };
  BtAddress host;
  guint n = 0;

  if (!get_host (url, &host))
    return 0;
  description.types = host.family == BT_FAMILY_IPV6 ? service_types6 : service_types;
  parse_xml (&parser, text, n_bytes, &description);
  /* Some say a base that is wrong. */
  if (base->len == 0 || !is_on_host (base->str, &host))
    g_string_assign (base, url);
  for (guint i = 0; i < description.n_services; i++)
    {
      BtIgdService service = out_services[i];

      if (make_whole (&service, base->str, &host))
        out_services[n++] = service;
    }
  qsort (out_services, n, sizeof *out_services, compare_services);
  return n;
}

/* --- Calls --- */

char *
bt_igd_write_call (const char        *service_type,
                   const char        *action,
                   const char *const *arguments)
{
  GString *text = g_string_new ("<?xml version=\"1.0\"?>\r\n"
                                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                                "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">"
                                "<s:Body>");

  g_string_append_printf (text, "<u:%s xmlns:u=\"%s\">", action, service_type);
  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i += 2)
    {
      g_autofree char *value = g_markup_escape_text (arguments[i + 1], -1);

      g_string_append_printf (text, "<%s>%s</%s>", arguments[i], value, arguments[i]);
    }
  g_string_append_printf (text, "</u:%s></s:Body></s:Envelope>\r\n", action);
  return g_string_free (text, FALSE);
}

typedef struct
{
  Reader       reader;
  BtIgdAnswer *answer;
  gboolean     has_body;
} Answer;

static void
answer_start_cb (GMarkupParseContext  *context,
                 const char           *name,
                 const char          **attribute_names,
                 const char          **attribute_values,
                 gpointer              user_data,
                 GError              **error)
{
  Answer *answer = user_data;

  open_element (&answer->reader, error);
  if (answer->reader.depth == 2 && g_str_equal (get_local_name (name), "Body"))
    answer->has_body = TRUE;
}

static void
answer_end_cb (GMarkupParseContext  *context,
               const char           *name,
               gpointer              user_data,
               GError              **error)
{
  Answer *answer = user_data;
  const char *word = g_strstrip (answer->reader.word->str);
  guint64 code;

  name = get_local_name (name);
  if (g_str_equal (name, "NewExternalIPAddress") && strlen (word) < BT_IGD_MAX_WORD_BYTES)
    g_strlcpy (answer->answer->address, word, BT_IGD_MAX_WORD_BYTES);
  else if (g_str_equal (name, "errorCode") &&
           g_ascii_string_to_unsigned (word, 10, 1, G_MAXUINT16, &code, NULL))
    answer->answer->error = (guint) code;
  else if (g_str_equal (name, "UniqueID") &&
           g_ascii_string_to_unsigned (word, 10, 0, G_MAXUINT16, &code, NULL))
    {
      answer->answer->pinhole = (guint16) code;
      answer->answer->has_pinhole = TRUE;
    }
  g_string_truncate (answer->reader.word, 0);
  answer->reader.depth--;
}

gboolean
bt_igd_parse_answer (const char  *text,
                     gsize        n_bytes,
                     BtIgdAnswer *out_answer)
{
  static const GMarkupParser parser = {
    .start_element = answer_start_cb, .end_element = answer_end_cb, .text = text_cb,
  };
  g_autoptr (GString) word = g_string_new (NULL);
  Answer answer = { .reader.word = word, .answer = out_answer };

  memset (out_answer, 0, sizeof *out_answer);
  parse_xml (&parser, text, n_bytes, &answer);
  return answer.has_body;
}
