/* fixture.c - a folder for a store, and records that differ in everything
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "base/bt-random.h"

#include <glib/gstdio.h>
#include <string.h>

void
remove_tree (const char *path)
{
  const char *name;
  GDir *dir;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && (dir = g_dir_open (path, 0, NULL)) != NULL)
    {
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_tree (child);
        }
      g_dir_close (dir);
    }
  g_remove (path);
}

guint
count_files (const char *folder,
             const char *part)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_files = 0;
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    n_files += strstr (name, part) != NULL;
  return n_files;
}

void
fixture_set_up_closed (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("freshet-store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "state.db", NULL);
}

void
fixture_set_up (Fixture       *fixture,
                gconstpointer  data)
{
  fixture_set_up_closed (fixture, data);
  fixture_open (fixture);
}

void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  data)
{
  fixture_close (fixture);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

void
fixture_close (Fixture *fixture)
{
  g_clear_pointer (&fixture->store, bt_store_close);
}

void
fixture_open (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->store = bt_store_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->store);
}

void
fixture_fail_to_open (Fixture      *fixture,
                      BtStoreError  code)
{
  g_autoptr (GError) error = NULL;

  fixture->store = bt_store_open (fixture->path, &error);
  g_assert_error (error, BT_STORE_ERROR, (int) code);
  g_assert_null (fixture->store);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

BtRecord *
make_record (guint64 id)
{
  BtRecord *record = bt_record_new ();
  guint32 n = (guint32) id;
  static const char *const labels[] = { "Debian", "for Änne", "iso", NULL };
  static const char *const hosts[] = { "2001:db8::1", "tracker.example.org", NULL };

  record->id = id;
  for (guint i = 0; i < BT_RECORD_HASH_BYTES; i++)
    record->info_hash[i] = (guint8) (id * 31 + i);
  record->name = g_strdup_printf ("Torrent №%" G_GUINT64_FORMAT, id);
  record->top_name = g_strdup_printf ("torrent %" G_GUINT64_FORMAT, id);
  record->folder = g_strdup_printf ("/data/\xff%" G_GUINT64_FORMAT, id);
  record->final_folder = g_strdup ("/done/\xfe");
  record->volume = g_strdup_printf ("uuid:%" G_GUINT64_FORMAT, id);
  record->volume_name = g_strdup ("Größe");
  record->error = g_strdup ("Nothing is right");
  record->labels = g_strdupv ((char **) labels);
  record->tracker_hosts = g_strdupv ((char **) hosts);
  record->flags = BT_RECORD_PAUSED | BT_RECORD_SHARE_DONE | (n & BT_RECORD_SEQUENTIAL);
  record->position = n - 1;
  record->preallocation = 2;
  record->max_peers = 50 + n;
  record->upload_slots = 3;
  record->read_limit_bps = 1000 + id;
  record->write_limit_bps = G_MAXINT64;
  record->ratio_limit = 1.5;
  record->seed_time_limit_s = 3600;
  record->idle_limit_s = BT_RATIO_NONE;
  record->after_share = BT_AFTER_SHARE_REMOVE;
  record->total_bytes = G_GUINT64_CONSTANT (1) << 40;
  record->wanted_bytes = record->total_bytes - 5;
  record->done_bytes = record->total_bytes - 6;
  record->n_pieces = 400;
  record->n_have = 399;
  record->n_files = 4;
  record->received_bytes = id << 20;
  record->sent_bytes = id << 21;
  record->wasted_bytes = id;
  record->active_s = 7 + n;
  record->seeding_s = 6 + n;
  record->added_at_s = G_GINT64_CONSTANT (1700000000) + n;
  record->completed_at_s = record->added_at_s + 1;
  record->active_at_s = record->added_at_s + 2;
  record->checked_at_s = record->added_at_s + 3;
  return record;
}

BtResume *
make_resume (guint32 n_pieces,
             guint32 n_files,
             guint64 salt)
{
  BtResume *resume = bt_resume_new (n_pieces, n_files);
  BtRandom random;

  bt_random_init (&random, salt);
  for (guint32 i = 0; i < n_pieces; i++)
    if (i >= 4 && bt_random_next (&random) % 3 != 0)
      bt_bitfield_set (&resume->have, i);
  for (guint32 i = 0; i < 3; i++)
    {
      BtPartialPiece partial = { i, 17 + i, NULL };

      partial.bits = g_malloc0 ((partial.n_blocks + 7) / 8);
      partial.bits[0] = (guint8) bt_random_next (&random);
      partial.bits[2] = 0x80;
      g_array_append_val (resume->partials, partial);
    }
  for (guint32 i = 0; i < n_files; i++)
    {
      BtFileStamp stamp = { i == 0 ? -1 : (gint64) salt + i,
                            i == 0 ? 0 : G_GINT64_CONSTANT (1700000000123456789) + i };

      g_array_append_val (resume->stamps, stamp);
    }
  bt_bitfield_set_all (&resume->made);
  if (n_files > 0)
    bt_bitfield_set (&resume->suffixed, n_files - 1);
  resume->next_check = n_pieces / 2;
  return resume;
}

GBytes *
make_bytes (gsize   n_bytes,
            guint64 salt)
{
  guint8 *bytes = g_malloc (n_bytes);
  BtRandom random;

  bt_random_init (&random, salt);
  for (gsize i = 0; i < n_bytes; i++)
    bytes[i] = (guint8) bt_random_next (&random);
  return g_bytes_new_take (bytes, n_bytes);
}

void
assert_same_record (const BtRecord *a,
                    const BtRecord *b)
{
  g_assert_cmpuint (a->id, ==, b->id);
  g_assert_cmpmem (a->info_hash, sizeof a->info_hash, b->info_hash, sizeof b->info_hash);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->top_name, ==, b->top_name);
  g_assert_cmpstr (a->folder, ==, b->folder);
  g_assert_cmpstr (a->final_folder, ==, b->final_folder);
  g_assert_cmpstr (a->volume, ==, b->volume);
  g_assert_cmpstr (a->volume_name, ==, b->volume_name);
  g_assert_cmpstr (a->error, ==, b->error);
  g_assert_true ((a->labels == NULL) == (b->labels == NULL));
  if (a->labels != NULL)
    g_assert_cmpstrv (a->labels, b->labels);
  g_assert_true ((a->tracker_hosts == NULL) == (b->tracker_hosts == NULL));
  if (a->tracker_hosts != NULL)
    g_assert_cmpstrv (a->tracker_hosts, b->tracker_hosts);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpuint (a->position, ==, b->position);
  g_assert_cmpint (a->preallocation, ==, b->preallocation);
  g_assert_cmpuint (a->max_peers, ==, b->max_peers);
  g_assert_cmpuint (a->upload_slots, ==, b->upload_slots);
  g_assert_cmpuint (a->read_limit_bps, ==, b->read_limit_bps);
  g_assert_cmpuint (a->write_limit_bps, ==, b->write_limit_bps);
  g_assert_cmpfloat (a->ratio_limit, ==, b->ratio_limit);
  g_assert_cmpint (a->seed_time_limit_s, ==, b->seed_time_limit_s);
  g_assert_cmpint (a->idle_limit_s, ==, b->idle_limit_s);
  g_assert_cmpint (a->after_share, ==, b->after_share);
  g_assert_cmpuint (a->total_bytes, ==, b->total_bytes);
  g_assert_cmpuint (a->wanted_bytes, ==, b->wanted_bytes);
  g_assert_cmpuint (a->done_bytes, ==, b->done_bytes);
  g_assert_cmpuint (a->n_pieces, ==, b->n_pieces);
  g_assert_cmpuint (a->n_have, ==, b->n_have);
  g_assert_cmpuint (a->n_files, ==, b->n_files);
  g_assert_cmpuint (a->received_bytes, ==, b->received_bytes);
  g_assert_cmpuint (a->sent_bytes, ==, b->sent_bytes);
  g_assert_cmpuint (a->wasted_bytes, ==, b->wasted_bytes);
  g_assert_cmpint (a->active_s, ==, b->active_s);
  g_assert_cmpint (a->seeding_s, ==, b->seeding_s);
  g_assert_cmpint (a->added_at_s, ==, b->added_at_s);
  g_assert_cmpint (a->completed_at_s, ==, b->completed_at_s);
  g_assert_cmpint (a->active_at_s, ==, b->active_at_s);
  g_assert_cmpint (a->checked_at_s, ==, b->checked_at_s);
}

static void
assert_same_set (const BtBitfield *a,
                 const BtBitfield *b)
{
  g_assert_cmpuint (a->n_bits, ==, b->n_bits);
  g_assert_cmpuint (a->n_set, ==, b->n_set);
  g_assert_cmpuint (bt_bitfield_count_missing (a, b), ==, 0);
}

void
assert_same_resume (const BtResume *a,
                    const BtResume *b)
{
  assert_same_set (&a->have, &b->have);
  assert_same_set (&a->made, &b->made);
  assert_same_set (&a->suffixed, &b->suffixed);
  g_assert_cmpuint (a->next_check, ==, b->next_check);
  g_assert_cmpuint (a->partials->len, ==, b->partials->len);
  for (guint i = 0; i < a->partials->len; i++)
    {
      BtPartialPiece *first = &g_array_index (a->partials, BtPartialPiece, i);
      BtPartialPiece *second = &g_array_index (b->partials, BtPartialPiece, i);

      g_assert_cmpuint (first->piece, ==, second->piece);
      g_assert_cmpmem (first->bits, (first->n_blocks + 7) / 8,
                       second->bits, (second->n_blocks + 7) / 8);
      g_assert_cmpuint (first->n_blocks, ==, second->n_blocks);
    }
  g_assert_cmpuint (a->stamps->len, ==, b->stamps->len);
  for (guint i = 0; i < a->stamps->len; i++)
    g_assert_true (bt_file_stamp_equal (&g_array_index (a->stamps, BtFileStamp, i),
                                        &g_array_index (b->stamps, BtFileStamp, i)));
}

void
commit (BtStore      *store,
        BtStoreBatch *batch)
{
  g_autoptr (GError) error = NULL;

  bt_store_commit (store, batch, &error);
  g_assert_no_error (error);
}

void
commit_torrents (BtStore *store,
                 guint64  first_id,
                 guint    n_torrents)
{
  BtStoreBatch *batch = bt_store_batch_new ();

  for (guint64 id = first_id; id < first_id + n_torrents; id++)
    {
      g_autoptr (BtRecord) record = make_record (id);
      g_autoptr (BtResume) resume = make_resume (400, 4, id);
      g_autoptr (GBytes) metainfo = make_bytes (8000, id);

      bt_store_batch_put_record (batch, record);
      bt_store_batch_put_metainfo (batch, id, metainfo);
      bt_store_batch_put_resume (batch, id, resume);
    }
  commit (store, batch);
}

void
assert_listed (BtStore       *store,
               const guint64 *ids,
               guint          n_ids)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = bt_store_list (store, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (records->len, ==, n_ids);
  for (guint i = 0; i < n_ids; i++)
    g_assert_cmpuint (((BtRecord *) records->pdata[i])->id, ==, ids[i]);
}
