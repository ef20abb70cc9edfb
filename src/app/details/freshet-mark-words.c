/* freshet-mark-words.c - what happened to a torrent, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-mark-words.h"

#include <glib/gi18n.h>

/* No default in the switches here: a kind without words is a warning of the compiler. */

static const char *
get_sentence (BtMarkKind kind)
{
  switch (kind)
    {
    case BT_MARK_ADDED:
      return _("Added");
    case BT_MARK_METADATA:
      return _("Its list of files arrived");
    case BT_MARK_COMPLETED:
      return _("Download complete");
    case BT_MARK_CHECKED:
      return _("Files checked");
    case BT_MARK_MOVED:
      return _("Moved to another folder");
    case BT_MARK_FAILED:
      return _("Stopped by a problem");
    case BT_MARK_DISK_FULL:
      return _("The disk was full");
    case BT_MARK_DISK_ROOM:
      return _("The disk had space again");
    case BT_MARK_DRIVE_MISSING:
      return _("Its drive or folder went away");
    case BT_MARK_DRIVE_BACK:
      return _("Its drive or folder came back");
    case BT_MARK_PAUSED:
      return _("Paused");
    case BT_MARK_RESUMED:
      return _("Resumed");
    case BT_MARK_SHARED:
      return _("Shared as much as you asked for");
    case BT_MARK_TRACKER_FAILED:
      return _("A tracker reported a problem");
    case BT_MARK_NETWORK_CHANGED:
      return _("The network changed");
    case BT_MARK_N_KINDS:
      break;
    }
  return "";
}

char *
freshet_mark_words_describe (const BtHistoryMark *mark)
{
  const char *sentence = get_sentence (mark->kind);

  if (mark->text == NULL)
    return g_strdup (sentence);
  if (mark->kind == BT_MARK_MOVED)
    /* Translators: a folder */
    return g_strdup_printf (_("Moved to %s"), mark->text);
  /* Translators: what happened, and the reason, such as "Stopped by a problem: The disk cannot be read" */
  return g_strdup_printf (_("%s: %s"), sentence, mark->text);
}

const char *
freshet_mark_words_icon (BtMarkKind kind)
{
  switch (kind)
    {
    case BT_MARK_ADDED:
      return "list-add-symbolic";
    case BT_MARK_METADATA:
      return "text-x-generic-symbolic";
    case BT_MARK_COMPLETED:
      return "object-select-symbolic";
    case BT_MARK_CHECKED:
      return "system-search-symbolic";
    case BT_MARK_MOVED:
      return "folder-symbolic";
    case BT_MARK_FAILED:
      return "dialog-error-symbolic";
    case BT_MARK_DISK_FULL:
    case BT_MARK_TRACKER_FAILED:
      return "dialog-warning-symbolic";
    case BT_MARK_DISK_ROOM:
    case BT_MARK_DRIVE_BACK:
    case BT_MARK_DRIVE_MISSING:
      return "drive-harddisk-symbolic";
    case BT_MARK_PAUSED:
      return "media-playback-pause-symbolic";
    case BT_MARK_RESUMED:
      return "media-playback-start-symbolic";
    case BT_MARK_SHARED:
      return "folder-publicshare-symbolic";
    case BT_MARK_NETWORK_CHANGED:
      return "network-wired-symbolic";
    case BT_MARK_N_KINDS:
      break;
    }
  return "image-missing";
}
