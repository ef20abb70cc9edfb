/* bt-resolver.c - names are asked for through one network interface only
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-resolver.h"

#include "bt-name-servers.h"

/* Newer ones have other names for what those of Debian 12 have, too. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#define TRY_MS  2000  /* of one server */
#define N_TRIES 2     /* of each */

#define BT_TYPE_RESOLVER (bt_resolver_get_type ())

G_DECLARE_FINAL_TYPE (BtResolver, bt_resolver, BT, RESOLVER, GResolver)

struct _BtResolver
{
  GResolver    parent_instance;

  /* Owned */
  GResolver *other;     /* whose place it took */

  /* Under the mutex */
  GMutex     mutex;
  GQueue     waiting;   /* of GTask, owned, whose data is a Question */
  guint      n_active;  /* in threads */
};

G_DEFINE_FINAL_TYPE (BtResolver, bt_resolver, G_TYPE_RESOLVER)

/* One look-up; what it needs of the rules is copied, for the rules are their thread's. */
typedef struct
{
  char          *name;       /* owned */
  int            family;     /* AF_UNSPEC: both */
  BtSocketRules  rules;

  /* while it is under way */
  gboolean       is_over;
  int            status;
  GList         *addresses;  /* owned; of GInetAddress */
} Question;

static void end_look_up (BtResolver *self);

static GPrivate thread_rules = G_PRIVATE_INIT ((GDestroyNotify) bt_socket_rules_unref);

/* --- Asking --- */

static void
question_free (gpointer data)
{
  Question *question = data;

  g_list_free_full (question->addresses, g_object_unref);
  g_free (question->name);
  g_free (question);
}

/* c-ares gives a socket up for which this is not 0. */
static int
socket_made_cb (ares_socket_t fd,
                int           type,
                void         *user_data)
{
  const Question *question = user_data;

  return bt_socket_prepare (&question->rules, fd) == 0 ? 0 : -1;
}

static void
answered_cb (void                 *user_data,
             int                   status,
             int                   n_timeouts,
             struct ares_addrinfo *result)
{
  Question *question = user_data;
  guint n = 0;

  question->is_over = TRUE;
  question->status = status;
  for (const struct ares_addrinfo_node *node = result != NULL ? result->nodes : NULL;
       node != NULL && n < BT_RESOLVER_MAX_ADDRESSES; node = node->ai_next, n++)
    {
      const struct sockaddr_in *sa4 = (const struct sockaddr_in *) (const void *) node->ai_addr;
      const struct sockaddr_in6 *sa6 = (const struct sockaddr_in6 *) (const void *) node->ai_addr;
      GInetAddress *address = NULL;

      if (node->ai_family == AF_INET)
        address = g_inet_address_new_from_bytes ((const guint8 *) &sa4->sin_addr,
                                                 G_SOCKET_FAMILY_IPV4);
      else if (node->ai_family == AF_INET6)
        address = g_inet_address_new_from_bytes ((const guint8 *) &sa6->sin6_addr,
                                                 G_SOCKET_FAMILY_IPV6);
      if (address != NULL)
        question->addresses = g_list_append (question->addresses, address);
    }
  if (result != NULL)
    ares_freeaddrinfo (result);
}

static void
tell_servers (ares_channel  channel,
              GPtrArray    *servers)
{
  struct ares_addr_node nodes[BT_NAME_SERVERS_MAX] = { 0 };

  for (guint i = 0; i < servers->len; i++)
    {
      GInetAddress *address = g_ptr_array_index (servers, i);
      gboolean is_ipv4 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;

      nodes[i].family = is_ipv4 ? AF_INET : AF_INET6;
      memcpy (&nodes[i].addr, g_inet_address_to_bytes (address),
              g_inet_address_get_native_size (address));
      nodes[i].next = i + 1 < servers->len ? &nodes[i + 1] : NULL;
    }
  ares_set_servers (channel, nodes);
}

/* Until something happens to a socket, c-ares has waited long enough, or somebody cancels. */
static void
serve_sockets (ares_channel  channel,
               GCancellable *cancellable,
               gint64        until_us)
{
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  int wanted = ares_getsock (channel, sockets, ARES_GETSOCK_MAXNUM);
  struct pollfd fds[ARES_GETSOCK_MAXNUM + 1];
  gint64 left_us = until_us - g_get_monotonic_time ();
  struct timeval longest = { left_us / G_USEC_PER_SEC, left_us % G_USEC_PER_SEC };
  struct timeval wait;
  GPollFD cancelled;
  nfds_t n = 0;

  for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++)
    if (ARES_GETSOCK_READABLE (wanted, i) || ARES_GETSOCK_WRITABLE (wanted, i))
      fds[n++] = (struct pollfd) {
        .fd = sockets[i],
        .events = (short) ((ARES_GETSOCK_READABLE (wanted, i) ? POLLIN : 0) |
                           (ARES_GETSOCK_WRITABLE (wanted, i) ? POLLOUT : 0)),
      };
  if (g_cancellable_make_pollfd (cancellable, &cancelled))
    fds[n] = (struct pollfd) { .fd = cancelled.fd, .events = POLLIN };
  else
    fds[n] = (struct pollfd) { .fd = -1 };
  ares_timeout (channel, &longest, &wait);
  poll (fds, n + 1, (int) (wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1));
  g_cancellable_release_fd (cancellable);

  for (nfds_t i = 0; i < n; i++)
    ares_process_fd (channel,
                     (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd
                                                                           : ARES_SOCKET_BAD,
                     (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
  ares_process_fd (channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
set_error (const Question  *question,
           GError         **error)
{
  if (question->status == ARES_ENOTFOUND || question->status == ARES_ENODATA)
    g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                 _("The name “%s” is not known"), question->name);
  else
    g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
                 _("No name server answers through “%s”"), question->rules.device);
}

/* Sorting would look at routes. */
static void
ask (Question      *question,
     GPtrArray     *servers,
     GCancellable  *cancellable,
     GError       **error)
{
  struct ares_options options = { .flags = ARES_FLAG_NOSEARCH, .timeout = TRY_MS, .tries = N_TRIES,
                                  .lookups = (char *) "fb" };
  const struct ares_addrinfo_hints hints = { .ai_family = question->family,
                                             .ai_flags = ARES_AI_NOSORT };
  gint64 until_us = g_get_monotonic_time () + BT_RESOLVER_TIMEOUT_S * G_USEC_PER_SEC;
  ares_channel channel = NULL;

  question->status = ares_init_options (&channel, &options,
                                        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                          ARES_OPT_LOOKUPS);
  if (question->status == ARES_SUCCESS)
    {
      ares_set_socket_configure_callback (channel, socket_made_cb, question);
      tell_servers (channel, servers);
      ares_getaddrinfo (channel, question->name, NULL, &hints, answered_cb, question);
      while (!question->is_over && !g_cancellable_is_cancelled (cancellable) &&
             g_get_monotonic_time () < until_us)
        serve_sockets (channel, cancellable, until_us);
      /* Also what tells one that is not over that it is. */
      ares_destroy (channel);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || question->addresses != NULL)
    return;
  set_error (question, error);
}

/* (transfer full) Thread: any. */
static GList *
look_up (Question      *question,
         GCancellable  *cancellable,
         GError       **error)
{
  g_autoptr (GPtrArray) servers = NULL;
  g_autoptr (GError) reason = NULL;

  if (question->rules.is_shut)
    {
      g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
                   _("The connection “%s” is not there"), question->rules.device);
      return NULL;
    }
  servers = bt_name_servers_find (question->rules.device, cancellable, error);
  if (servers == NULL)
    return NULL;
  ask (question, servers, cancellable, &reason);
  if (reason == NULL)
    return g_steal_pointer (&question->addresses);
  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

/* --- What GResolver asks --- */

/* NULL: the other resolver is to be asked. (transfer full) */
static Question *
make_question (const char               *name,
               GResolverNameLookupFlags  flags)
{
  const BtSocketRules *rules = g_private_get (&thread_rules);
  Question *question;

  if (rules == NULL || rules->device[0] == '\0')
    return NULL;
  question = g_new0 (Question, 1);
  question->name = g_strdup (name);
  question->rules = *rules;
  question->family = AF_UNSPEC;
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY)
    question->family = AF_INET;
  else if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY)
    question->family = AF_INET6;
  return question;
}

static GList *
lookup_by_name_with_flags (GResolver                 *resolver,
                           const char                *name,
                           GResolverNameLookupFlags   flags,
                           GCancellable              *cancellable,
                           GError                   **error)
{
  Question *question = make_question (name, flags);
  GList *addresses;

  if (question == NULL)
    return g_resolver_lookup_by_name_with_flags (BT_RESOLVER (resolver)->other, name, flags,
                                                 cancellable, error);
  addresses = look_up (question, cancellable, error);
  question_free (question);
  return addresses;
}

static void
free_addresses (gpointer addresses)
{
  g_resolver_free_addresses (addresses);
}

/* Thread: worker. */
static void
look_up_main (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  GError *error = NULL;
  GList *addresses = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    addresses = look_up (task_data, cancellable, &error);
  end_look_up (BT_RESOLVER (source_object));
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, addresses, free_addresses);
}

/* The threads are those that also read and write files: they are not all to wait for a server that is silent. */
static void
begin_look_ups (BtResolver *self)
{
  g_mutex_lock (&self->mutex);
  while (self->n_active < BT_RESOLVER_MAX_THREADS && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (GTask) task = g_queue_pop_head (&self->waiting);

      self->n_active++;
      g_task_run_in_thread (task, look_up_main);
    }
  g_mutex_unlock (&self->mutex);
}

static void
end_look_up (BtResolver *self)
{
  g_mutex_lock (&self->mutex);
  self->n_active--;
  g_mutex_unlock (&self->mutex);
  begin_look_ups (self);
}

static void
handed_on_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GList *addresses = g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result,
                                                                  &error);

  if (addresses != NULL)
    g_task_return_pointer (task, addresses, free_addresses);
  else
    g_task_return_error (task, error);
}

static void
lookup_by_name_with_flags_async (GResolver                *resolver,
                                 const char               *name,
                                 GResolverNameLookupFlags  flags,
                                 GCancellable             *cancellable,
                                 GAsyncReadyCallback       callback,
                                 gpointer                  user_data)
{
  BtResolver *self = BT_RESOLVER (resolver);
  Question *question = make_question (name, flags);
  GTask *task = g_task_new (resolver, cancellable, callback, user_data);

  g_task_set_source_tag (task, lookup_by_name_with_flags_async);
  if (question == NULL)
    {
      g_resolver_lookup_by_name_with_flags_async (self->other, name, flags, cancellable,
                                                  handed_on_cb, task);
      return;
    }
  g_task_set_task_data (task, question, question_free);
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->waiting, task);
  g_mutex_unlock (&self->mutex);
  begin_look_ups (self);
}

static GList *
lookup_by_name_with_flags_finish (GResolver     *resolver,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static GList *
lookup_by_name (GResolver     *resolver,
                const char    *name,
                GCancellable  *cancellable,
                GError       **error)
{
  return lookup_by_name_with_flags (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT,
                                    cancellable, error);
}

static void
lookup_by_name_async (GResolver           *resolver,
                      const char          *name,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  lookup_by_name_with_flags_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT,
                                   cancellable, callback, user_data);
}

/* --- What nothing here asks --- */

/* The process's other threads may. */
static gboolean
may_hand_on (GError **error)
{
  const BtSocketRules *rules = g_private_get (&thread_rules);

  if (rules == NULL || rules->device[0] == '\0')
    return TRUE;
  g_set_error_literal (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_INTERNAL,
                       "Only names are looked up through one interface");
  return FALSE;
}

static GList *
lookup_records (GResolver            *resolver,
                const char           *name,
                GResolverRecordType   type,
                GCancellable         *cancellable,
                GError              **error)
{
  if (!may_hand_on (error))
    return NULL;
  return g_resolver_lookup_records (BT_RESOLVER (resolver)->other, name, type, cancellable, error);
}

static void
free_records (gpointer records)
{
  g_list_free_full (records, (GDestroyNotify) g_variant_unref);
}

static void
records_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GList *records = g_resolver_lookup_records_finish (G_RESOLVER (source), result, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, records, free_records);
}

static void
lookup_records_async (GResolver           *resolver,
                      const char          *name,
                      GResolverRecordType  type,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, lookup_records_async);
  if (may_hand_on (&error))
    g_resolver_lookup_records_async (BT_RESOLVER (resolver)->other, name, type, cancellable,
                                     records_cb, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static char *
lookup_by_address (GResolver     *resolver,
                   GInetAddress  *address,
                   GCancellable  *cancellable,
                   GError       **error)
{
  if (!may_hand_on (error))
    return NULL;
  return g_resolver_lookup_by_address (BT_RESOLVER (resolver)->other, address, cancellable, error);
}

static void
by_address_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *name = g_resolver_lookup_by_address_finish (G_RESOLVER (source), result, &error);

  if (name != NULL)
    g_task_return_pointer (task, name, g_free);
  else
    g_task_return_error (task, error);
}

static void
lookup_by_address_async (GResolver           *resolver,
                         GInetAddress        *address,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, lookup_by_address_async);
  if (may_hand_on (&error))
    g_resolver_lookup_by_address_async (BT_RESOLVER (resolver)->other, address, cancellable,
                                        by_address_cb, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static char *
lookup_by_address_finish (GResolver     *resolver,
                          GAsyncResult  *result,
                          GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Life --- */

static void
bt_resolver_class_init (BtResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name = lookup_by_name;
  resolver_class->lookup_by_name_async = lookup_by_name_async;
  resolver_class->lookup_by_name_finish = lookup_by_name_with_flags_finish;
  resolver_class->lookup_records = lookup_records;
  resolver_class->lookup_records_async = lookup_records_async;
  resolver_class->lookup_records_finish = lookup_by_name_with_flags_finish;
  resolver_class->lookup_by_address = lookup_by_address;
  resolver_class->lookup_by_address_async = lookup_by_address_async;
  resolver_class->lookup_by_address_finish = lookup_by_address_finish;
  resolver_class->lookup_by_name_with_flags = lookup_by_name_with_flags;
  resolver_class->lookup_by_name_with_flags_async = lookup_by_name_with_flags_async;
  resolver_class->lookup_by_name_with_flags_finish = lookup_by_name_with_flags_finish;
}

static void
bt_resolver_init (BtResolver *self)
{
  g_mutex_init (&self->mutex);
  g_queue_init (&self->waiting);
}

/* It stays as long as the process, like the one before. */
void
bt_resolver_install (void)
{
  static gsize is_installed = 0;

  if (g_once_init_enter (&is_installed))
    {
      BtResolver *self;
      GResolver *other = g_resolver_get_default ();

      ares_library_init (ARES_LIB_INIT_ALL);
      self = g_object_new (BT_TYPE_RESOLVER, NULL);
      self->other = other;
      g_resolver_set_default (G_RESOLVER (self));
      g_object_unref (self);
      g_once_init_leave (&is_installed, 1);
    }
}

void
bt_resolver_set_rules (BtSocketRules *rules)
{
  g_private_replace (&thread_rules, rules != NULL ? bt_socket_rules_ref (rules) : NULL);
}
