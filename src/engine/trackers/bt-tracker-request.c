/* bt-tracker-request.c - one question to one tracker, over every address family that fits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-hub-private.h"

#include "base/bt-cursor.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define N_LEGS 2  /* IPv4, IPv6 */

/* The question over one family. Over when neither pointer is set. */
typedef struct
{
  BtTrackerRequest *request;  /* borrowed; whose part it is */
  BtTrackerHttpGet *get;      /* borrowed until its answer */
  BtTrackerUdpAsk  *ask;      /* borrowed until its answer */
} Leg;

struct _BtTrackerRequest
{
  /* owned */
  GError               *error;    /* nullable; the most telling so far */
  BtTrackerAnswer      *refusal;  /* nullable; what came with it */

  /* borrowed */
  BtTrackerHub         *hub;
  gpointer              user_data;

  /* values */
  BtTrackerRequestFunc  func;     /* NULL: detached */
  Leg                   legs[N_LEGS];
  guint8                info_hash[BT_SHA1_BYTES];
  gboolean              is_scrape;
  gboolean              is_stop;
  gboolean              is_awaited;
  gboolean              was_answered;
};

static void
request_free (BtTrackerRequest *request)
{
  BtTrackerHub *hub = request->hub;
  gboolean is_stop = request->is_stop;

  hub->n_awaited -= request->is_awaited ? 1 : 0;
  hub->n_stopping -= is_stop ? 1 : 0;
  for (guint i = 0; i < N_LEGS; i++)
    {
      g_clear_pointer (&request->legs[i].get, bt_tracker_http_cancel);
      g_clear_pointer (&request->legs[i].ask, bt_tracker_udp_cancel);
    }
  g_queue_remove (&hub->requests, request);
  g_clear_error (&request->error);
  bt_tracker_answer_free (request->refusal);
  g_free (request);
  if (is_stop)
    bt_tracker_hub_stopped_over (hub);
}

static gboolean
is_over (BtTrackerRequest *request)
{
  for (guint i = 0; i < N_LEGS; i++)
    if (request->legs[i].get != NULL || request->legs[i].ask != NULL)
      return FALSE;
  return TRUE;
}

/* Which of two failures says more: the tracker's own words first, a family it does not have last. */
static guint
get_weight (const GError *error)
{
  switch ((BtTrackerError) error->code)
    {
    case BT_TRACKER_ERROR_REFUSED:
      return 5;
    case BT_TRACKER_ERROR_CERTIFICATE:
      return 4;
    case BT_TRACKER_ERROR_BAD_ANSWER:
    case BT_TRACKER_ERROR_TOO_LARGE:
    case BT_TRACKER_ERROR_FAILED:
      return 3;
    case BT_TRACKER_ERROR_TIMED_OUT:
      return 2;
    case BT_TRACKER_ERROR_URL:
    case BT_TRACKER_ERROR_UNREACHABLE:
    default:
      return 1;
    }
}

static BtTrackerAnswer *
copy_refusal (const BtTrackerAnswer *answer)
{
  BtTrackerAnswer *copy = bt_tracker_answer_new ();

  copy->failure = g_strdup (answer->failure);
  copy->retry_in_s = answer->retry_in_s;
  copy->is_never = answer->is_never;
  return copy;
}

static void
keep_failure (BtTrackerRequest      *request,
              const BtTrackerAnswer *answer,
              const GError          *error)
{
  if (request->error != NULL && get_weight (error) <= get_weight (request->error))
    return;

  g_clear_error (&request->error);
  g_clear_pointer (&request->refusal, bt_tracker_answer_free);
  request->error = g_error_copy (error);
  if (answer != NULL)
    request->refusal = copy_refusal (answer);
}

/* A leg of the request is over. The last thing its caller does with the request. */
static void
leg_over (Leg                   *leg,
          const BtTrackerAnswer *answer,
          const GError          *error)
{
  BtTrackerRequest *request = leg->request;
  BtTrackerRequestFunc func = request->func;
  gpointer user_data = request->user_data;
  g_autoptr (BtTrackerAnswer) refusal = NULL;
  g_autoptr (GError) failure = NULL;
  gboolean is_last;

  leg->get = NULL;
  leg->ask = NULL;
  is_last = is_over (request);
  if (error != NULL)
    keep_failure (request, answer, error);
  else
    request->was_answered = TRUE;

  if (is_last)
    {
      if (!request->was_answered)
        {
          failure = g_steal_pointer (&request->error);
          refusal = g_steal_pointer (&request->refusal);
        }
      request_free (request);
    }
  if (func == NULL)
    return;
  if (error == NULL)
    func (answer, NULL, is_last, user_data);
  else if (is_last)
    func (refusal, failure, TRUE, user_data);
}

static void
ask_over_cb (const BtTrackerAnswer *answer,
             const GError          *error,
             gpointer               user_data)
{
  leg_over (user_data, answer, error);
}

/* Trackers also refuse with a status of HTTP, with or without words of their own. */
static BtTrackerAnswer *
read_http_answer (BtTrackerRequest           *request,
                  const BtTrackerHttpAnswer  *http_answer,
                  GError                    **error)
{
  g_autoptr (BtTrackerAnswer) answer = NULL;
  g_autoptr (GError) reason = NULL;
  gsize n_bytes = 0;
  const guint8 *bytes = g_bytes_get_data (http_answer->body, &n_bytes);
  gboolean is_fine = http_answer->status >= 200 && http_answer->status < 300;

  answer = request->is_scrape
             ? bt_tracker_answer_parse_scrape (bytes, n_bytes, request->info_hash, &reason)
             : bt_tracker_answer_parse_announce (bytes, n_bytes, &reason);
  if (!is_fine && (answer == NULL || answer->failure == NULL))
    {
      g_clear_pointer (&answer, bt_tracker_answer_free);
      answer = bt_tracker_answer_new ();
      answer->failure = g_strdup_printf (_("The tracker answers with HTTP status %u"),
                                         http_answer->status);
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_FAILED, answer->failure);
    }
  else if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  else if (answer->failure != NULL)
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_REFUSED, answer->failure);

  if (answer != NULL && answer->failure != NULL && answer->retry_in_s == 0)
    answer->retry_in_s = http_answer->retry_after_s;
  return g_steal_pointer (&answer);
}

static void
get_over_cb (const BtTrackerHttpAnswer *http_answer,
             const GError              *error,
             gpointer                   user_data)
{
  Leg *leg = user_data;
  g_autoptr (BtTrackerAnswer) answer = NULL;
  g_autoptr (GError) failure = NULL;

  if (http_answer != NULL)
    answer = read_http_answer (leg->request, http_answer, &failure);
  leg_over (leg, answer, http_answer != NULL ? failure : error);
}

static void
leg_begin (Leg                     *leg,
           const BtTrackerTarget   *target,
           BtFamily                 family,
           const char              *url,
           const BtTrackerQuestion *question)
{
  BtTrackerRequest *request = leg->request;

  if (target->is_udp)
    leg->ask = bt_tracker_udp_ask (request->hub->udp, target, family, question, request->is_scrape,
                                   ask_over_cb, leg);
  else
    leg->get = bt_tracker_http_get (request->hub->http, url, target->host, family, request->is_stop,
                                    get_over_cb, leg);
}

/* BEP 7: once over each family that we use and the tracker's address may be of. */
static void
begin_legs (BtTrackerRequest        *request,
            const BtTrackerTarget   *target,
            const char              *url,
            const BtTrackerQuestion *question)
{
  /* A proxy chooses by itself: then once is enough. */
  gboolean is_proxied = request->hub->is_proxied;
  gboolean is_used[N_LEGS] = { request->hub->use_ipv4 || is_proxied,
                               request->hub->use_ipv6 && !is_proxied };
  static const BtFamily families[N_LEGS] = { BT_FAMILY_IPV4, BT_FAMILY_IPV6 };

  for (guint i = 0; i < N_LEGS; i++)
    {
      gboolean is_literal = target->family == families[i];

      /* A literal of a family that is not in use is asked all the same, so that somebody says why not. */
      request->legs[i].request = request;
      if (is_literal || (target->family == BT_FAMILY_NONE && is_used[i]))
        leg_begin (&request->legs[i], target, families[i], url, question);
    }
  /* No family at all: likewise. */
  if (is_over (request))
    leg_begin (&request->legs[0], target, BT_FAMILY_IPV4, url, question);
}

static char *
build_url (const char               *url,
           const BtTrackerTarget    *target,
           const BtTrackerQuestion  *question,
           gboolean                  is_scrape,
           GError                  **error)
{
  char *built;

  if (target->is_udp)
    return g_strdup (url);
  if (!is_scrape)
    return bt_tracker_url_build_announce (url, question);

  built = bt_tracker_url_build_scrape (url, question->announce.info_hash);
  if (built == NULL)
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL,
                         _("The tracker cannot be scraped"));
  return built;
}

BtTrackerRequest *
bt_tracker_request_new (BtTrackerHub             *hub,
                        const char               *url,
                        const BtTrackerQuestion  *question,
                        gboolean                  is_scrape,
                        BtTrackerRequestFunc      func,
                        gpointer                  user_data,
                        GError                  **error)
{
  BtTrackerQuestion asked = *question;
  BtTrackerTarget target = { 0 };
  BtTrackerRequest *request = NULL;
  g_autofree char *full_url = NULL;

  if (!bt_tracker_target_parse (url, &target, error))
    return NULL;

  asked.key = hub->key;
  if (hub->is_anonymous)
    asked.key ^= bt_read_u32 (asked.announce.peer_id);
  asked.supports_encryption = hub->supports_encryption;
  full_url = build_url (url, &target, &asked, is_scrape, error);
  if (full_url != NULL)
    {
      request = g_new0 (BtTrackerRequest, 1);
      request->hub = hub;
      request->func = func;
      request->user_data = user_data;
      request->is_scrape = is_scrape;
      request->is_stop = !is_scrape && asked.event == BT_TRACKER_EVENT_STOPPED;
      memcpy (request->info_hash, asked.announce.info_hash, sizeof request->info_hash);
      hub->n_stopping += request->is_stop ? 1 : 0;
      g_queue_push_tail (&hub->requests, request);
      begin_legs (request, &target, full_url, &asked);
    }
  bt_tracker_target_clear (&target);
  return request;
}

void
bt_tracker_request_cancel (BtTrackerRequest *request)
{
  request_free (request);
}

void
bt_tracker_request_await (BtTrackerRequest *request)
{
  g_assert (request->is_stop && !request->is_awaited);

  request->is_awaited = TRUE;
  request->hub->n_awaited++;
}

void
bt_tracker_request_detach (BtTrackerRequest *request)
{
  request->func = NULL;
  request->user_data = NULL;
}

gboolean
bt_tracker_request_was_sent (BtTrackerRequest *request)
{
  if (request->was_answered || request->error != NULL)
    return TRUE;
  for (guint i = 0; i < N_LEGS; i++)
    {
      const Leg *leg = &request->legs[i];

      if ((leg->get != NULL && bt_tracker_http_was_sent (leg->get)) ||
          (leg->ask != NULL && bt_tracker_udp_was_sent (leg->ask)))
        return TRUE;
    }
  return FALSE;
}
