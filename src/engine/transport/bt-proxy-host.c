/* bt-proxy-host.c - where the proxy is, and how it does
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-proxy-host.h"

#include <glib/gi18n-lib.h>

struct _BtProxyHost
{
  /* owned */
  GCancellable *look_up;      /* NULL: none under way */
  char         *message;      /* nullable */

  /* borrowed */
  BtClock      *clock;

  /* values */
  BtProxy       proxy;
  BtAddress     addresses[BT_PROXY_HOST_MAX_ADDRESSES];
  guint         n_addresses;  /* 0: not known */
  guint         next_address; /* that is tried */
  guint         n_failures;   /* running */
  gint64        rest_us;
  gint64        rests_until_us;
  gboolean      is_lost;
};

/* A look-up under way; outlives the host it is for. */
typedef struct
{
  BtProxyHost  *host;         /* borrowed; not to be touched when cancelled */
  GCancellable *cancellable;  /* owned */
} LookUp;

BtProxyHost *
bt_proxy_host_new (BtClock       *clock,
                   const BtProxy *proxy)
{
  BtProxyHost *host = g_new0 (BtProxyHost, 1);

  host->clock = clock;
  host->proxy = *proxy;
  if (bt_address_parse (proxy->host, proxy->port, &host->addresses[0]))
    {
      host->addresses[0].port = proxy->port;
      host->n_addresses = 1;
    }
  return host;
}

static void
end_look_up (BtProxyHost *host)
{
  if (host->look_up != NULL)
    g_cancellable_cancel (host->look_up);
  g_clear_object (&host->look_up);
}

void
bt_proxy_host_free (BtProxyHost *host)
{
  if (host == NULL)
    return;

  end_look_up (host);
  g_free (host->message);
  /* It knows a password. */
  explicit_bzero (host, sizeof *host);
  g_free (host);
}

const BtProxy *
bt_proxy_host_get_proxy (BtProxyHost *host)
{
  return &host->proxy;
}

static void
rest (BtProxyHost *host)
{
  host->rest_us = CLAMP (2 * host->rest_us, BT_PROXY_HOST_FIRST_REST_US, BT_PROXY_HOST_MAX_REST_US);
  host->rests_until_us = bt_clock_get_us (host->clock) + host->rest_us;
}

/* --- Its name --- */

static void
looked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  LookUp *look_up = user_data;
  BtProxyHost *host = look_up->host;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (!g_cancellable_is_cancelled (look_up->cancellable))
    {
      end_look_up (host);
      for (GList *link = addresses;
           link != NULL && host->n_addresses < BT_PROXY_HOST_MAX_ADDRESSES; link = link->next)
        host->addresses[host->n_addresses++] = bt_address_from_inet (link->data, host->proxy.port);
      if (host->n_addresses == 0)
        {
          g_free (host->message);
          host->message = g_strdup_printf (_("The proxy cannot be reached: %s"),
                                           error != NULL ? error->message : "");
          rest (host);
        }
    }
  g_resolver_free_addresses (addresses);
  g_object_unref (look_up->cancellable);
  g_free (look_up);
}

static void
look_up (BtProxyHost *host)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  LookUp *look_up;

  if (host->look_up != NULL || host->proxy.host[0] == '\0')
    return;
  host->look_up = g_cancellable_new ();
  look_up = g_new0 (LookUp, 1);
  look_up->host = host;
  look_up->cancellable = g_object_ref (host->look_up);
  g_resolver_lookup_by_name_async (resolver, host->proxy.host, look_up->cancellable, looked_up_cb,
                                   look_up);
}

gboolean
bt_proxy_host_get_address (BtProxyHost *host,
                           BtAddress   *out_address)
{
  if (bt_clock_get_us (host->clock) < host->rests_until_us)
    return FALSE;
  if (host->n_addresses == 0)
    {
      look_up (host);
      return FALSE;
    }
  *out_address = host->addresses[host->next_address % host->n_addresses];
  return TRUE;
}

/* --- How it does --- */

/* Once all addresses were tried in vain, they may not be its own any more. */
static void
forget_addresses (BtProxyHost *host)
{
  BtAddress address;

  if (bt_address_parse (host->proxy.host, 0, &address) || host->next_address < host->n_addresses)
    return;
  host->n_addresses = 0;
  host->next_address = 0;
}

void
bt_proxy_host_judge (const GError *error,
                     gpointer      user_data)
{
  BtProxyHost *host = user_data;

  g_free (host->message);
  host->message = error != NULL ? g_strdup (error->message) : NULL;
  host->is_lost = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE);
  /* By its rules for one address: another may be allowed. */
  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NOT_ALLOWED))
    {
      host->n_failures = 0;
      host->rest_us = 0;
      return;
    }

  host->next_address++;
  forget_addresses (host);
  if (++host->n_failures >= BT_PROXY_HOST_MAX_FAILURES)
    rest (host);
}

gboolean
bt_proxy_host_is_lost (BtProxyHost *host)
{
  return host->is_lost;
}

const char *
bt_proxy_host_get_message (BtProxyHost *host)
{
  return host->message;
}

gboolean
bt_proxy_host_is_down (BtProxyHost *host)
{
  return host->rest_us != 0;
}
