/* freshet-facts.c - what is known of a torrent, as names and values in columns
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-facts.h"

#include "common/freshet-columns-layout.h"
#include "common/freshet-format.h"
#include "common/freshet-words.h"
#include "freshet-copy.h"

#include <glib/gi18n.h>

/* --- The values: (transfer full), NULL where there is nothing to tell --- */

static char *
describe_downloaded (BtTorrent *torrent)
{
  return freshet_format_bytes (bt_torrent_get_record (torrent)->received_bytes);
}

static char *
describe_uploaded (BtTorrent *torrent)
{
  return freshet_format_bytes (bt_torrent_get_record (torrent)->sent_bytes);
}

static char *
describe_ratio (BtTorrent *torrent)
{
  const BtRecord *record = bt_torrent_get_record (torrent);

  if (record->total_bytes == 0)
    return NULL;
  return freshet_format_ratio ((double) record->sent_bytes / (double) record->total_bytes);
}

static char *
describe_wasted (BtTorrent *torrent)
{
  return freshet_format_bytes (bt_torrent_get_record (torrent)->wasted_bytes);
}

static char *
describe_left (BtTorrent *torrent)
{
  gint64 left_us = bt_torrent_get_facts (torrent)->left_us;

  return bt_torrent_is_complete (torrent) || left_us < 0 ? NULL : freshet_format_left (left_us);
}

static char *
describe_active (BtTorrent *torrent)
{
  return freshet_format_duration (bt_torrent_get_record (torrent)->active_s);
}

static char *
describe_seeding (BtTorrent *torrent)
{
  gint64 seeding_s = bt_torrent_get_record (torrent)->seeding_s;

  return seeding_s > 0 ? freshet_format_duration (seeding_s) : NULL;
}

static char *
describe_size (BtTorrent *torrent)
{
  if (freshet_words_is_link (torrent))
    return NULL;
  return freshet_format_bytes (bt_torrent_get_record (torrent)->total_bytes);
}

/* Nearly always a power of two: without the decimals that g_format_size_full() gives it. */
static char *
format_piece_size (guint32 piece_bytes)
{
  if (piece_bytes % (1024 * 1024) == 0)
    return g_strdup_printf (_("%u MiB"), piece_bytes / (1024 * 1024));
  if (piece_bytes % 1024 == 0)
    return g_strdup_printf (_("%u KiB"), piece_bytes / 1024);
  return freshet_format_bytes (piece_bytes);
}

static char *
describe_pieces (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);
  guint32 n_pieces = bt_torrent_get_record (torrent)->n_pieces;
  g_autofree char *size = NULL;

  if (freshet_words_is_link (torrent))
    return NULL;
  if (metainfo == NULL)
    return g_strdup_printf ("%u", n_pieces);
  size = format_piece_size (bt_metainfo_get_geometry (metainfo)->piece_bytes);
  /* Translators: a number, and the size of each, such as "412 of 256 KiB" */
  return g_strdup_printf (_("%u of %s"), n_pieces, size);
}

static char *
describe_added (BtTorrent *torrent)
{
  return freshet_format_date (bt_torrent_get_record (torrent)->added_at_s);
}

static char *
describe_completed (BtTorrent *torrent)
{
  gint64 time_s = bt_torrent_get_record (torrent)->completed_at_s;

  return time_s > 0 ? freshet_format_date (time_s) : NULL;
}

static char *
describe_last_active (BtTorrent *torrent)
{
  return freshet_format_date (bt_torrent_get_record (torrent)->active_at_s);
}

static char *
describe_private (BtTorrent *torrent)
{
  gboolean is_private = (bt_torrent_get_record (torrent)->flags & BT_RECORD_PRIVATE) != 0;

  if (freshet_words_is_link (torrent))
    return NULL;
  /* Translators: whether peers may be found in other ways than by the trackers */
  return g_strdup (is_private ? _("Private: peers only from its trackers") : _("Public"));
}

static char *
describe_labels (BtTorrent *torrent)
{
  char **labels = bt_torrent_get_record (torrent)->labels;

  return labels != NULL && *labels != NULL ? g_strjoinv (", ", labels) : NULL;
}

static char *
describe_folder (BtTorrent *torrent)
{
  return g_filename_display_name (bt_torrent_get_record (torrent)->folder);
}

static char *
describe_creator (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);

  return metainfo != NULL ? g_strdup (bt_metainfo_get_creator (metainfo)) : NULL;
}

static char *
describe_created (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);
  gint64 time_s = metainfo != NULL ? bt_metainfo_get_creation_date (metainfo) : 0;

  return time_s > 0 ? freshet_format_date (time_s) : NULL;
}

static char *
describe_comment (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);

  return metainfo != NULL ? g_strdup (bt_metainfo_get_comment (metainfo)) : NULL;
}

static char *
describe_hash_v1 (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);
  const guint8 *hash = bt_torrent_get_record (torrent)->info_hash;

  /* A record has one hash, without a word of which version. */
  if (metainfo != NULL)
    hash = bt_metainfo_get_info_hash_v1 (metainfo);
  return hash != NULL ? freshet_format_hex (hash, BT_SHA1_BYTES) : NULL;
}

static char *
describe_hash_v2 (BtTorrent *torrent)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);
  const guint8 *hash = metainfo != NULL ? bt_metainfo_get_info_hash_v2 (metainfo) : NULL;

  return hash != NULL ? freshet_format_hex (hash, BT_SHA256_BYTES) : NULL;
}

/* --- What there is --- */

typedef enum
{
  FACT_SHORT,    /* in columns */
  FACT_LONG,     /* in wider ones */
  FACT_COPY,     /* with a button that copies it */
  FACT_FOLDER,   /* with a button that shows it */
} FactKind;

static const struct
{
  const char *name;
  FactKind    kind;
  char       *(*describe) (BtTorrent *torrent);
} facts[] = {
  { N_("Downloaded"), FACT_SHORT, describe_downloaded },
  { N_("Uploaded"), FACT_SHORT, describe_uploaded },
  { N_("Ratio"), FACT_SHORT, describe_ratio },
  { N_("Wasted"), FACT_SHORT, describe_wasted },
  { N_("Size"), FACT_SHORT, describe_size },
  { N_("Pieces"), FACT_SHORT, describe_pieces },
  { N_("Time Left"), FACT_SHORT, describe_left },
  { N_("Active For"), FACT_SHORT, describe_active },
  { N_("Seeding For"), FACT_SHORT, describe_seeding },
  { N_("Added"), FACT_SHORT, describe_added },
  { N_("Completed"), FACT_SHORT, describe_completed },
  { N_("Last Active"), FACT_SHORT, describe_last_active },
  { N_("Created"), FACT_SHORT, describe_created },
  { N_("Created By"), FACT_SHORT, describe_creator },
  { N_("Labels"), FACT_LONG, describe_labels },
  { N_("Privacy"), FACT_LONG, describe_private },
  { N_("Folder"), FACT_FOLDER, describe_folder },
  { N_("Comment"), FACT_LONG, describe_comment },
  { N_("Info Hash"), FACT_COPY, describe_hash_v1 },
  { N_("Info Hash (Version 2)"), FACT_COPY, describe_hash_v2 },
};

struct _FreshetFacts
{
  GtkWidget parent_instance;

  /* borrowed: ours, as children */
  GtkWidget *box;
  GtkWidget *lines[G_N_ELEMENTS (facts)];
  GtkLabel  *values[G_N_ELEMENTS (facts)];
};

G_DEFINE_FINAL_TYPE (FreshetFacts, freshet_facts, GTK_TYPE_WIDGET)

void
freshet_facts_show (FreshetFacts *self,
                    BtTorrent    *torrent)
{
  g_return_if_fail (FRESHET_IS_FACTS (self));

  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *value = facts[i].describe (torrent);

      gtk_widget_set_visible (self->lines[i], value != NULL);
      /* Setting a label anew would undo a selection in it. */
      if (value != NULL && !g_str_equal (value, gtk_label_get_label (self->values[i])))
        gtk_label_set_label (self->values[i], value);
    }
}

static void
copy_clicked_cb (GtkLabel *value)
{
  freshet_copy (GTK_WIDGET (value), gtk_label_get_label (value));
}

static GtkWidget *
make_button (FactKind  kind,
             GtkLabel *value)
{
  gboolean is_copy = kind == FACT_COPY;
  const char *words = is_copy ? _("Copy") : _("Show in Files");
  GtkWidget *button =
      gtk_button_new_from_icon_name (is_copy ? "edit-copy-symbolic" : "folder-open-symbolic");

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  if (is_copy)
    g_signal_connect_swapped (button, "clicked", G_CALLBACK (copy_clicked_cb), value);
  else
    gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.open-folder");
  return button;
}

static GtkWidget *
make_texts (const char *name,
            GtkWidget  *value)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new (name);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (value), 0);
  gtk_label_set_selectable (GTK_LABEL (value), TRUE);
  gtk_label_set_wrap (GTK_LABEL (value), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (value), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (value, "numeric");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (value), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  title, NULL, -1);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), value);
  return box;
}

static GtkWidget *
make_line (FreshetFacts *self,
           gsize         index)
{
  GtkWidget *value = gtk_label_new ("");
  GtkWidget *texts = make_texts (_(facts[index].name), value);
  GtkWidget *line = texts;

  self->values[index] = GTK_LABEL (value);
  if (facts[index].kind == FACT_COPY || facts[index].kind == FACT_FOLDER)
    {
      line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      gtk_box_append (GTK_BOX (line), texts);
      gtk_box_append (GTK_BOX (line), make_button (facts[index].kind, GTK_LABEL (value)));
    }
  return line;
}

static void
freshet_facts_dispose (GObject *object)
{
  g_clear_pointer (&FRESHET_FACTS (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_facts_parent_class)->dispose (object);
}

static void
freshet_facts_class_init (FreshetFactsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_facts_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
make_columns (FreshetFacts *self,
              int           min_width)
{
  GtkWidget *columns = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_set_layout_manager (columns,
                                 g_object_new (FRESHET_TYPE_COLUMNS_LAYOUT, "min-width", min_width,
                                               "spacing", 12, "row-spacing", 9, NULL));
  gtk_box_append (GTK_BOX (self->box), columns);
  return columns;
}

static void
freshet_facts_init (FreshetFacts *self)
{
  GtkWidget *narrow;
  GtkWidget *wide;

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  narrow = make_columns (self, 132);
  wide = make_columns (self, 300);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      self->lines[i] = make_line (self, i);
      gtk_box_append (GTK_BOX (facts[i].kind == FACT_SHORT ? narrow : wide), self->lines[i]);
    }
}
