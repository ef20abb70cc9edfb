/* main.c - freshet, the window
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-application.h"

#include <glib/gi18n.h>
#include <locale.h>

/* A translation that was built and not installed. */
static const char *
get_locale_folder (void)
{
  const char *folder = g_getenv ("FRESHET_LOCALEDIR");

  return folder != NULL ? folder : LOCALEDIR;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (FreshetApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, get_locale_folder ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name (_("Freshet"));

  if (!gtk_init_check ())
    {
      g_printerr ("%s\n", _("Freshet needs a display to show its window; "
                            "without one, use freshet-cli."));
      return 1;
    }
  application = freshet_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
