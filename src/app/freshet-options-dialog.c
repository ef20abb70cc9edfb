/* freshet-options-dialog.c - limits and the end of sharing, for the selected torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-dialogs.h"

#include <glib/gi18n.h>

#define MINUTE_S 60
#define KILOBYTE 1000

/* The first choice of the three that a share limit has; the order is the template's. */
enum
{
  KIND_GENERAL,
  KIND_NEVER,
  KIND_OWN,
};

/* What the widgets say; what a person left alone is left alone in all torrents. */
typedef struct
{
  guint64      read_limit_bps;
  guint64      write_limit_bps;
  double       ratio;           /* or BT_RATIO_…, for all three */
  gint64       seed_time_s;
  gint64       idle_s;
  BtAfterShare after_share;
  guint        max_peers;
  guint        upload_slots;
} Values;

#define FRESHET_TYPE_OPTIONS_DIALOG (freshet_options_dialog_get_type ())

G_DECLARE_FINAL_TYPE (FreshetOptionsDialog, freshet_options_dialog, FRESHET, OPTIONS_DIALOG,
                      AdwWindow)

struct _FreshetOptionsDialog
{
  AdwWindow parent_instance;

  /* owned */
  GPtrArray *torrents;   /* of BtTorrent */

  /* borrowed: of the template */
  AdwWindowTitle *title;
  GtkSwitch      *has_read_limit;
  GtkSpinButton  *read_limit;
  GtkSwitch      *has_write_limit;
  GtkSpinButton  *write_limit;
  AdwComboRow    *ratio_kind;
  GtkWidget      *ratio_row;
  GtkSpinButton  *ratio;
  AdwComboRow    *seed_time_kind;
  GtkWidget      *seed_time_row;
  GtkSpinButton  *seed_time;
  AdwComboRow    *idle_kind;
  GtkWidget      *idle_row;
  GtkSpinButton  *idle;
  AdwComboRow    *after_share;
  GtkSpinButton  *max_peers;
  GtkSpinButton  *upload_slots;

  /* values */
  Values before;
};

G_DEFINE_FINAL_TYPE (FreshetOptionsDialog, freshet_options_dialog, ADW_TYPE_WINDOW)

static void
kind_changed_cb (FreshetOptionsDialog *self)
{
  gtk_widget_set_visible (self->ratio_row,
                          adw_combo_row_get_selected (self->ratio_kind) == KIND_OWN);
  gtk_widget_set_visible (self->seed_time_row,
                          adw_combo_row_get_selected (self->seed_time_kind) == KIND_OWN);
  gtk_widget_set_visible (self->idle_row,
                          adw_combo_row_get_selected (self->idle_kind) == KIND_OWN);
}

static void
show_limit (GtkSwitch     *has_limit,
            GtkSpinButton *limit,
            guint64        bps)
{
  gtk_switch_set_active (has_limit, bps != 0);
  gtk_spin_button_set_value (limit, bps != 0 ? (double) bps / KILOBYTE : KILOBYTE);
}

static guint64
read_limit (GtkSwitch     *has_limit,
            GtkSpinButton *limit)
{
  if (!gtk_switch_get_active (has_limit))
    return 0;
  /* 0 would be no limit at all. */
  return (guint64) MAX (gtk_spin_button_get_value (limit), 1) * KILOBYTE;
}

/* `value` in the spin button's unit, or below 0 one of BT_RATIO_…. */
static void
show_share_limit (AdwComboRow   *kind,
                  GtkSpinButton *spin,
                  double         value,
                  double         usual)
{
  guint selected = KIND_OWN;

  if (value < 0)
    selected = (int) value == BT_RATIO_NONE ? KIND_NEVER : KIND_GENERAL;
  adw_combo_row_set_selected (kind, selected);
  gtk_spin_button_set_value (spin, value < 0 ? usual : value);
}

static double
read_share_limit (AdwComboRow   *kind,
                  GtkSpinButton *spin)
{
  switch (adw_combo_row_get_selected (kind))
    {
    case KIND_GENERAL:
      return BT_RATIO_GENERAL;
    case KIND_NEVER:
      return BT_RATIO_NONE;
    default:
      return gtk_spin_button_get_value (spin);
    }
}

static double
to_minutes (gint64 seconds)
{
  return seconds < 0 ? (double) seconds : (double) seconds / MINUTE_S;
}

static gint64
to_seconds (double minutes)
{
  return minutes < 0 ? (gint64) minutes : (gint64) (minutes * MINUTE_S);
}

static void
show_record (FreshetOptionsDialog *self,
             const BtRecord       *record)
{
  show_limit (self->has_read_limit, self->read_limit, record->read_limit_bps);
  show_limit (self->has_write_limit, self->write_limit, record->write_limit_bps);
  show_share_limit (self->ratio_kind, self->ratio, record->ratio_limit, 2);
  show_share_limit (self->seed_time_kind, self->seed_time, to_minutes (record->seed_time_limit_s),
                    1440);
  show_share_limit (self->idle_kind, self->idle, to_minutes (record->idle_limit_s), 60);
  /* The rows are in the order of BtAfterShare. */
  adw_combo_row_set_selected (self->after_share, (guint) record->after_share);
  gtk_spin_button_set_value (self->max_peers, record->max_peers);
  gtk_spin_button_set_value (self->upload_slots, record->upload_slots);
}

static Values
read_values (FreshetOptionsDialog *self)
{
  Values values = { 0 };

  values.read_limit_bps = read_limit (self->has_read_limit, self->read_limit);
  values.write_limit_bps = read_limit (self->has_write_limit, self->write_limit);
  values.ratio = read_share_limit (self->ratio_kind, self->ratio);
  values.seed_time_s = to_seconds (read_share_limit (self->seed_time_kind, self->seed_time));
  values.idle_s = to_seconds (read_share_limit (self->idle_kind, self->idle));
  values.after_share = (BtAfterShare) adw_combo_row_get_selected (self->after_share);
  values.max_peers = (guint) gtk_spin_button_get_value_as_int (self->max_peers);
  values.upload_slots = (guint) gtk_spin_button_get_value_as_int (self->upload_slots);
  return values;
}

static gboolean
differ (double a,
        double b)
{
  return a < b || a > b;
}

static void
apply_to (FreshetOptionsDialog *self,
          BtTorrent            *torrent,
          const Values         *now)
{
  const Values *before = &self->before;

  if (now->read_limit_bps != before->read_limit_bps ||
      now->write_limit_bps != before->write_limit_bps)
    bt_torrent_set_limits (torrent, now->read_limit_bps, now->write_limit_bps);
  if (differ (now->ratio, before->ratio) || now->seed_time_s != before->seed_time_s ||
      now->idle_s != before->idle_s || now->after_share != before->after_share)
    bt_torrent_set_share_limits (torrent, now->ratio, now->seed_time_s, now->idle_s,
                                 now->after_share);
  if (now->max_peers != before->max_peers || now->upload_slots != before->upload_slots)
    bt_torrent_set_places (torrent, now->max_peers, now->upload_slots);
}

static void
apply_clicked_cb (FreshetOptionsDialog *self)
{
  Values now = read_values (self);

  for (guint i = 0; i < self->torrents->len; i++)
    apply_to (self, g_ptr_array_index (self->torrents, i), &now);
  gtk_window_close (GTK_WINDOW (self));
}

static void
freshet_options_dialog_finalize (GObject *object)
{
  g_clear_pointer (&FRESHET_OPTIONS_DIALOG (object)->torrents, g_ptr_array_unref);

  G_OBJECT_CLASS (freshet_options_dialog_parent_class)->finalize (object);
}

static void
freshet_options_dialog_class_init (FreshetOptionsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_options_dialog_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-options-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, title);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, has_read_limit);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, read_limit);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, has_write_limit);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, write_limit);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, ratio_kind);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, ratio_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, ratio);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, seed_time_kind);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, seed_time_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, seed_time);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, idle_kind);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, idle_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, idle);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, after_share);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, max_peers);
  gtk_widget_class_bind_template_child (widget_class, FreshetOptionsDialog, upload_slots);
  gtk_widget_class_bind_template_callback (widget_class, kind_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, apply_clicked_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
freshet_options_dialog_init (FreshetOptionsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
freshet_options_dialog_present (GtkWindow *parent,
                                GPtrArray *torrents)
{
  FreshetOptionsDialog *self =
      g_object_new (FRESHET_TYPE_OPTIONS_DIALOG, "transient-for", parent, NULL);
  BtTorrent *first = g_ptr_array_index (torrents, 0);
  g_autofree char *subtitle = NULL;

  self->torrents = g_ptr_array_copy (torrents, (GCopyFunc) (void *) g_object_ref, NULL);
  g_ptr_array_set_free_func (self->torrents, g_object_unref);
  if (torrents->len == 1)
    subtitle = g_strdup (bt_torrent_get_name (first));
  else
    subtitle = g_strdup_printf (ngettext ("%u torrent", "%u torrents", torrents->len),
                                torrents->len);
  adw_window_title_set_subtitle (self->title, subtitle);
  show_record (self, bt_torrent_get_record (first));
  kind_changed_cb (self);
  self->before = read_values (self);
  gtk_window_present (GTK_WINDOW (self));
}
