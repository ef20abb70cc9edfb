/* fuzz-store-resume.c - resume data as they may come out of a damaged database
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "store/bt-store-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_limits (const BtResume *resume)
{
  if (resume->have.n_bits > BT_MAX_PIECES || resume->have.n_set > resume->have.n_bits ||
      resume->made.n_bits > BT_STORE_MAX_FILES || resume->suffixed.n_bits > BT_STORE_MAX_FILES ||
      resume->stamps->len > BT_STORE_MAX_FILES || resume->next_check > resume->have.n_bits)
    g_error ("a limit was passed");
  for (guint i = 0; i < resume->partials->len; i++)
    {
      const BtPartialPiece *partial = &g_array_index (resume->partials, BtPartialPiece, i);

      if (partial->piece >= resume->have.n_bits || bt_bitfield_get (&resume->have, partial->piece))
        g_error ("a part of no piece, or of one that is there");
      if (i > 0 && partial->piece <= partial[-1].piece)
        g_error ("a piece twice");
    }
}

/* What was understood is written, and read as the same again. */
static void
check_again (const BtResume *resume)
{
  g_autoptr (GBytes) blob = bt_store_resume_encode (resume);
  g_autoptr (GBytes) again = NULL;
  g_autoptr (BtResume) copy = NULL;
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (blob, &n_bytes);

  copy = bt_store_resume_decode (bytes, n_bytes);
  if (copy == NULL)
    g_error ("what was written cannot be read");
  again = bt_store_resume_encode (copy);
  if (!g_bytes_equal (blob, again))
    g_error ("what was read is not what was written");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (BtResume) whole = bt_store_resume_decode (data, size);
  g_autoptr (BtResume) resume = bt_store_resume_decode_body (data, size);

  if (whole != NULL)
    check_limits (whole);
  if (resume == NULL)
    return 0;
  check_limits (resume);
  check_again (resume);
  return 0;
}
