/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* lamella-cli: finds the command, reads its options, runs it, and turns what
 * went wrong into one line on standard error and an exit status. */
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/watch.h"
#include "lam-config.h"

/* Exit statuses. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Those whose first word is `group`, or all where it is NULL; whether there are
 * any. */
static bool
print_list (const char *group)
{
  const LamCommand *const *all = lam_command_get_all ();
  int width = 0, n = 0;
  for (int i = 0; all[i]; i++)
    width = MAX (width, (int)strlen (all[i]->name));
  for (int i = 0; all[i]; i++) {
    size_t first = strcspn (all[i]->name, " ");
    bool is_in = !group
        || (all[i]->name[first] && strlen (group) == first
            && strncmp (group, all[i]->name, first) == 0);
    if (!is_in)
      continue;
    if (n++ == 0)
      g_print ("%s\n", _ ("Commands:"));
    g_print ("  %-*s  %s\n", width, all[i]->name, _ (all[i]->title));
  }
  return n > 0;
}

static void
print_commands (void)
{
  g_print ("%s\n  lamella-cli %s\n\n%s\n\n", _ ("Usage:"),
      _ ("COMMAND [OPTION…] ARGUMENT…"),
      _ ("Looks at, converts and labels volume electron microscopy."));
  print_list (NULL);
  g_print ("\n%s\n",
      _ ("“lamella-cli COMMAND --help” says more about one of them."));
}

static bool
is_help (const char *word)
{
  return g_str_equal (word, "--help") || g_str_equal (word, "-h");
}

/* How many of the first words name `command`; 0: they do not. */
static int
match_words (const LamCommand *command, char **words, int n_words)
{
  g_auto (GStrv) names = g_strsplit (command->name, " ", -1);
  int n = (int)g_strv_length (names);
  if (n > n_words)
    return 0;
  for (int i = 0; i < n; i++)
    if (strcmp (names[i], words[i]) != 0)
      return 0;
  return n;
}

static const LamCommand *
find_command (char **words, int n_words, int *n_used)
{
  const LamCommand *const *all = lam_command_get_all ();
  for (int i = 0; all[i]; i++) {
    *n_used = match_words (all[i], words, n_words);
    if (*n_used > 0)
      return all[i];
  }
  return NULL;
}

static void
complain (const char *text)
{
  /* A damaged file may be quoted in it. */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_printerr ("lamella-cli: %s\n", valid);
}

static bool
has_option (const LamCommand *command, const char *name)
{
  for (const GOptionEntry *one = command->options; one && one->long_name; one++)
    if (g_str_equal (one->long_name, name))
      return true;
  return false;
}

static int
report (const LamCommand *command, const GError *error)
{
  complain (error ? error->message : _ ("something failed without a reason"));
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL)
      && has_option (command, "channel"))
    g_printerr (_ ("Say which with --channel.\n"));
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHOICE))
    g_printerr (_ ("Or say which class is which with “lamella-cli model "
                   "map”.\n"));
  if (!lam_cli_is_usage_error (error))
    return EXIT_FAILED;
  g_printerr (
      _ ("“lamella-cli %s --help” says how it is used.\n"), command->name);
  return EXIT_USAGE;
}

static GOptionContext *
make_context (const LamCommand *command, gboolean *json, gboolean *force)
{
  GOptionContext *context = g_option_context_new (command->usage);
  g_option_context_set_summary (context, _ (command->title));
  if (command->help)
    g_option_context_set_description (context, _ (command->help));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  if (command->options)
    g_option_context_add_main_entries (
        context, command->options, GETTEXT_PACKAGE);
  const GOptionEntry with_json[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, json,
        N_ ("Print one JSON object instead of text"), NULL },
    { NULL },
  };
  const GOptionEntry with_force[] = {
    { "force", 'f', 0, G_OPTION_ARG_NONE, force,
        N_ ("Replace, or take away, what is there already"), NULL },
    { NULL },
  };
  if (command->has_json)
    g_option_context_add_main_entries (context, with_json, GETTEXT_PACKAGE);
  if (command->has_force)
    g_option_context_add_main_entries (context, with_force, GETTEXT_PACKAGE);
  return context;
}

/* GLib leaves it where an argument with a dash follows. */
static void
drop_double_dash (char **words)
{
  for (char **word = words + 1; word[0]; word++)
    if (g_str_equal (word[0], "--")) {
      g_free (word[0]);
      memmove (word, word + 1, (g_strv_length (word + 1) + 1) * sizeof *word);
      return;
    }
}

/* A name that is not there, as of a variable of the shell that was never set:
 * no file is meant by it. */
static bool
check_names (const LamCommand *command, char **words, GError **error)
{
  const GOptionEntry *option = command->options;
  for (; option && option->long_name; option++) {
    char *const *names = NULL;
    if (option->arg == G_OPTION_ARG_FILENAME_ARRAY)
      names = *(char ***)option->arg_data;
    char *const one[] = {
      option->arg == G_OPTION_ARG_FILENAME ? *(char **)option->arg_data : NULL,
      NULL,
    };
    for (names = names ? names : one; *names; names++)
      if (!**names)
        return lam_cli_usage_error (
            error, _ ("--%s names no file"), option->long_name);
  }
  for (char **word = words + 1; *word; word++)
    if (!**word)
      return lam_cli_usage_error (
          error, _ ("an argument is empty: %s"), command->usage);
  return true;
}

static bool
parse_options (const LamCommand *command, char ***words, gboolean *json,
    gboolean *force, GError **error)
{
  g_autoptr (GOptionContext) context = make_context (command, json, force);
  GError *failed = NULL;
  if (!g_option_context_parse_strv (context, words, &failed)) {
    lam_cli_usage_error (error, "%s", failed->message);
    g_error_free (failed);
    return false;
  }
  drop_double_dash (*words);
  int n = (int)g_strv_length (*words) - 1;
  if (n < command->min_arguments)
    return lam_cli_usage_error (
        error, _ ("an argument is missing: %s"), command->usage);
  if (n > command->max_arguments)
    return lam_cli_usage_error (error, _ ("“%s” is one argument too many"),
        (*words)[command->max_arguments + 1]);
  return check_names (command, *words, error);
}

/* `words`: the program's name, then what follows the command's. */
static int
run_command (const LamCommand *command, char ***words)
{
  gboolean json = false, force = false;
  g_autoptr (GError) error = NULL;
  if (!parse_options (command, words, &json, &force, &error))
    return report (command, error);
  g_autoptr (LamProgress) progress =
      command->is_long ? lam_progress_new () : NULL;
  LamWatch *watch = progress ? lam_watch_begin (progress) : NULL;
  const LamCliCall call = {
    .arguments = (const char *const *)*words + 1,
    .n_arguments = (int)g_strv_length (*words) - 1,
    .json = json,
    .force = force,
    .progress = progress,
  };
  bool done = command->run (&call, &error);
  if (watch)
    lam_watch_end (watch);
  if (!done && lam_error_is_cancelled (error)) {
    complain (_ ("interrupted"));
    return EXIT_FAILED;
  }
  return done ? EXIT_DONE : report (command, error);
}

static int
refuse (char **words)
{
  if (words[0])
    g_printerr (_ ("lamella-cli: there is no command “%s%s%s”\n"), words[0],
        words[1] && words[1][0] != '-' ? " " : "",
        words[1] && words[1][0] != '-' ? words[1] : "");
  else
    complain (_ ("a command is missing"));
  g_printerr ("%s\n", _ ("“lamella-cli --help” lists them."));
  return EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LAM_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_set_prgname ("lamella-cli");
  if (argc == 2 && strcmp (argv[1], "--version") == 0) {
    g_print ("lamella-cli %s\n", LAM_VERSION);
    return EXIT_DONE;
  }
  if (argc >= 2 && (is_help (argv[1]) || strcmp (argv[1], "help") == 0)) {
    print_commands ();
    return EXIT_DONE;
  }
  if (argc == 3 && is_help (argv[2]) && print_list (argv[1]))
    return EXIT_DONE;
  int n_used;
  const LamCommand *command = find_command (argv + 1, argc - 1, &n_used);
  if (!command)
    return refuse (argv + 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *shown = g_strconcat ("lamella-cli ", command->name, NULL);
  g_set_prgname (shown);
  g_strv_builder_add (builder, shown);
  for (int i = 1 + n_used; i < argc; i++)
    g_strv_builder_add (builder, argv[i]);
  g_auto (GStrv) words = g_strv_builder_end (builder);
  return run_command (command, &words);
}
