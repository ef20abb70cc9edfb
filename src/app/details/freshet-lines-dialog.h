/* freshet-lines-dialog.h - asks for text, a line or several, and looks at each line before it is taken
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* NULL: `line`, without space around it and not empty, is fine; else a sentence that says what is wrong. (transfer
 * full) */
typedef char *(*FreshetLineCheck) (const char *line,
                                   gpointer    user_data);
/* All lines that are not empty, one at least; NULL-terminated, borrowed. */
typedef void  (*FreshetLinesFunc) (const char *const *lines,
                                   gpointer           user_data);

typedef struct
{
  const char       *title;
  const char       *body;         /* nullable */
  const char       *label;        /* of what is written, for a screen reader */
  const char       *accept;       /* of the button, with a mnemonic */
  const char       *text;         /* nullable: what stands there at first */
  FreshetLineCheck  check;        /* nullable */
  FreshetLinesFunc  func;
  gpointer          user_data;
  GDestroyNotify    destroy;      /* nullable: of user_data */
  guint             has_one_line : 1;
} FreshetLinesQuestion;

/* Shows it over the window of `widget`. `question` is only read now. */
void freshet_lines_dialog_present (GtkWidget                  *widget,
                                   const FreshetLinesQuestion *question);

G_END_DECLS
