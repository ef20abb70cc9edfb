/* freshet-socket.c - an open socket, and what is said of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-socket.h"

#include <glib/gi18n.h>
#include <string.h>

struct _FreshetSocket
{
  GObject parent_instance;

  BtSocketFacts facts;
};

G_DEFINE_FINAL_TYPE (FreshetSocket, freshet_socket, G_TYPE_OBJECT)

static void
freshet_socket_class_init (FreshetSocketClass *klass)
{
  g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

static void
freshet_socket_init (FreshetSocket *self)
{
}

/* --- Words --- */

static const char *
get_purpose (BtSocketKind kind)
{
  /* No default: a value without words is a warning of the compiler. */
  switch (kind)
    {
    case BT_SOCKET_LISTENER:
      /* Translators: a socket that waits for connections of peers */
      return _("Waits for peers");
    case BT_SOCKET_PEER:
      return _("Peer");
    case BT_SOCKET_HTTP:
      return _("Tracker or web seed");
    case BT_SOCKET_PORT:
      /* Translators: a socket of the distributed hash table and of peers by uTP */
      return _("DHT and peers");
    case BT_SOCKET_LOCAL:
      return _("Local Peer Discovery");
    case BT_SOCKET_NAMES:
      /* Translators: a server of the domain name system */
      return _("Name server");
    case BT_SOCKET_UDP:
      return _("Tracker or router");
    case BT_SOCKET_CLOSING:
      /* Translators: a connection that nobody uses any more */
      return _("Is being closed");
    }
  return "";
}

static char *
format_purpose (gpointer item)
{
  const BtSocketFacts *facts = &FRESHET_SOCKET (item)->facts;

  return g_strdup_printf ("%s (%s)", get_purpose (facts->kind),
                          facts->entry.is_tcp ? "TCP" : "UDP");
}

static char *
format_address (const BtAddress *address)
{
  char text[BT_ADDRESS_STRING_BYTES];

  if (address->family == BT_FAMILY_NONE)
    return g_strdup ("");
  return g_strdup (bt_address_to_string (address, text));
}

static char *
format_local (gpointer item)
{
  return format_address (&FRESHET_SOCKET (item)->facts.entry.local);
}

static char *
format_remote (gpointer item)
{
  return format_address (&FRESHET_SOCKET (item)->facts.entry.remote);
}

static char *
format_interface (gpointer item)
{
  const BtSocketEntry *entry = &FRESHET_SOCKET (item)->facts.entry;

  if (entry->is_bound)
    /* Translators: a network interface that a socket is bound to */
    return g_strdup_printf (_("%s only"), entry->device);
  return g_strdup (entry->device[0] != '\0' ? entry->device : _("Any"));
}

static int
compare_purposes (gconstpointer a,
                  gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (((const FreshetSocket *) a)->facts.kind,
                                ((const FreshetSocket *) b)->facts.kind);
}

static int
compare_remotes (gconstpointer a,
                 gconstpointer b)
{
  return memcmp (&((const FreshetSocket *) a)->facts.entry.remote,
                 &((const FreshetSocket *) b)->facts.entry.remote, sizeof (BtAddress));
}

static int
compare_interfaces (gconstpointer a,
                    gconstpointer b)
{
  return strcmp (((const FreshetSocket *) a)->facts.entry.device,
                 ((const FreshetSocket *) b)->facts.entry.device);
}

static const FreshetTableColumn columns[] = {
  { N_("Purpose"), format_purpose, .compare = compare_purposes, .width = 200 },
  { N_("Interface"), format_interface, .compare = compare_interfaces, .width = 110 },
  { N_("Own Address"), format_local, .width = 190 },
  { N_("Other Address"), format_remote, .compare = compare_remotes, .width = 190,
    .is_expanding = TRUE },
};

const FreshetTableColumn *
freshet_socket_get_columns (gsize *out_n_columns)
{
  *out_n_columns = G_N_ELEMENTS (columns);
  return columns;
}

/* --- The list --- */

static guint
hash_facts (gconstpointer key)
{
  const BtSocketFacts *facts = key;

  return bt_address_hash (&facts->entry.local) ^ (bt_address_hash (&facts->entry.remote) * 31);
}

static gboolean
equal_facts (gconstpointer a,
             gconstpointer b)
{
  const BtSocketFacts *one = a;
  const BtSocketFacts *other = b;

  return one->kind == other->kind && one->entry.is_tcp == other->entry.is_tcp &&
         one->entry.is_bound == other->entry.is_bound &&
         strcmp (one->entry.device, other->entry.device) == 0 &&
         bt_address_equal (&one->entry.local, &other->entry.local) &&
         bt_address_equal (&one->entry.remote, &other->entry.remote);
}

void
freshet_socket_update_list (GListStore   *list,
                            const GArray *sockets)
{
  /* Facts → themselves, borrowed from the array: what is not in the list yet. */
  g_autoptr (GHashTable) news = g_hash_table_new (hash_facts, equal_facts);

  for (guint i = 0; i < sockets->len; i++)
    g_hash_table_add (news, &g_array_index (sockets, BtSocketFacts, i));
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (list)); i > 0; i--)
    {
      g_autoptr (FreshetSocket) socket = g_list_model_get_item (G_LIST_MODEL (list), i - 1);

      if (!g_hash_table_remove (news, &socket->facts))
        g_list_store_remove (list, i - 1);
    }
  for (guint i = 0; i < sockets->len; i++)
    {
      BtSocketFacts *facts = &g_array_index (sockets, BtSocketFacts, i);

      if (g_hash_table_remove (news, facts))
        {
          g_autoptr (FreshetSocket) socket = g_object_new (FRESHET_TYPE_SOCKET, NULL);

          socket->facts = *facts;
          g_list_store_append (list, socket);
        }
    }
}
