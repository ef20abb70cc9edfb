/* freshet-peer-words.c - what is known of a peer, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-peer-words.h"

#include <glib/gi18n.h>

const char *
freshet_peer_words_state (const BtPeerRow *row)
{
  /* No default: a value without words is a warning of the compiler. */
  switch ((BtPeerState) row->state)
    {
    case BT_PEER_CONNECTING:
      return _("Connecting");
    case BT_PEER_HANDSHAKING:
      return _("Greeting");
    case BT_PEER_CHOKED:
      return _("Waiting for a turn");
    case BT_PEER_DOWNLOADING:
      return row->is_snubbed ? _("Does not answer") : _("Downloading");
    case BT_PEER_WAITING:
      return _("Has nothing to ask for");
    case BT_PEER_UPLOADING_ONLY:
      return row->sent_bps > 0 || row->n_queued > 0 ? _("Uploading") : _("Connected");
    case BT_PEER_CLOSING:
    case BT_PEER_DEAD:
      return _("Leaving");
    }
  return "";
}

/* --- The connection --- */

gboolean
freshet_peer_words_is_greeted (const BtPeerRow *row)
{
  return row->state != BT_PEER_CONNECTING && row->state != BT_PEER_HANDSHAKING;
}

const char *
freshet_peer_words_transport (const BtPeerRow *row)
{
  if (!freshet_peer_words_is_greeted (row))
    return "";
  return row->is_utp ? "µTP" : "TCP";
}

const char *
freshet_peer_words_encryption (const BtPeerRow *row)
{
  if (!freshet_peer_words_is_greeted (row))
    return "";
  switch (row->encrypted)
    {
    case BT_ENCRYPTED_ALL:
      /* Translators: a connection is encrypted */
      return C_ ("encrypted", "Yes");
    case BT_ENCRYPTED_HANDSHAKE:
      /* Translators: of a connection, no more than the greeting is encrypted */
      return C_ ("encrypted", "Greeting only");
    default:
      /* Translators: a connection is not encrypted */
      return C_ ("encrypted", "No");
    }
}

/* --- Sources --- */

static const struct
{
  BtSource    source;
  const char *word;
} sources_words[] = {
  { BT_SOURCE_TRACKER, N_("Tracker") },
  { BT_SOURCE_INCOMING, N_("Came to us") },
  { BT_SOURCE_PERSON, N_("Added by you") },
  { BT_SOURCE_PEX, N_("Other peers") },
  /* Translators: the distributed hash table */
  { BT_SOURCE_DHT, N_("DHT") },
  { BT_SOURCE_LOCAL, N_("Local network") },
  { BT_SOURCE_RESUME, N_("Known from before") },
  { BT_SOURCE_LINK, N_("Magnet link") },
};

char *
freshet_peer_words_source (guint sources)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (sources_words); i++)
    if ((sources & sources_words[i].source) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", _(sources_words[i].word));
  return g_string_free (text, FALSE);
}

/* --- Flags --- */

static gboolean
we_download (const BtPeerRow *row)
{
  return row->am_interested && !row->is_choking_us;
}

static gboolean
we_wait (const BtPeerRow *row)
{
  return row->am_interested && row->is_choking_us;
}

static gboolean
it_downloads (const BtPeerRow *row)
{
  return row->is_interested && !row->am_choking;
}

static gboolean
it_waits (const BtPeerRow *row)
{
  return row->is_interested && row->am_choking;
}

static gboolean
it_offers (const BtPeerRow *row)
{
  return !row->am_interested && !row->is_choking_us;
}

static gboolean
we_offer (const BtPeerRow *row)
{
  return !row->is_interested && !row->am_choking;
}

static gboolean
is_snubbed (const BtPeerRow *row)
{
  return row->is_snubbed;
}

static gboolean
is_utp (const BtPeerRow *row)
{
  return row->is_utp;
}

static gboolean
came_to_us (const BtPeerRow *row)
{
  return !row->is_outgoing;
}

static gboolean
is_encrypted (const BtPeerRow *row)
{
  return row->encrypted == BT_ENCRYPTED_ALL;
}

static gboolean
is_greeting_encrypted (const BtPeerRow *row)
{
  return row->encrypted == BT_ENCRYPTED_HANDSHAKE;
}

/* Of two letters, the large one is what flows. */
static const struct
{
  char        letter;
  gboolean  (*holds) (const BtPeerRow *row);
  const char *words;
} flags[] = {
  { 'D', we_download, N_("We are interested, and it lets us download") },
  { 'd', we_wait, N_("We are interested, but it does not let us download") },
  { 'U', it_downloads, N_("It is interested, and we let it download") },
  { 'u', it_waits, N_("It is interested, but we do not let it download") },
  { 'K', it_offers, N_("It lets us download, but we are not interested") },
  { 'O', we_offer, N_("We let it download, but it is not interested") },
  { 'P', is_utp, N_("The connection runs over µTP") },
  { 'S', is_snubbed, N_("It has not answered for a while") },
  { 'I', came_to_us, N_("It connected to us") },
  { 'E', is_encrypted, N_("The connection is encrypted") },
  { 'e', is_greeting_encrypted, N_("Only the greeting was encrypted") },
};

char *
freshet_peer_words_flags (const BtPeerRow *row)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (flags) && freshet_peer_words_is_greeted (row); i++)
    if (flags[i].holds (row))
      g_string_append_printf (text, "%s%c", text->len > 0 ? " " : "", flags[i].letter);
  return g_string_free (text, FALSE);
}

char *
freshet_peer_words_explain (const BtPeerRow *row)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (flags) && freshet_peer_words_is_greeted (row); i++)
    if (flags[i].holds (row))
      g_string_append_printf (text, "%s%c: %s", text->len > 0 ? "\n" : "", flags[i].letter,
                              _(flags[i].words));
  return g_string_free (text, FALSE);
}
