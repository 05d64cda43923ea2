/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/recipe.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef enum { WHOLE, NUMBER, TILE, CHOICE } Kind;

typedef struct {
  const char *key;
  Kind kind;
  size_t offset; /* in LamRecipe */
  double least, most, standard;
  const char *unit, *title; /* translated when shown */
  const char *(*get_name) (int i); /* of a choice; NULL beyond the last */
} Row;

static const char *
get_optimizer (int i)
{
  const LamOptimizerRow *const *rows = lam_optimizer_get_rows ();
  return rows[i] ? rows[i]->name : NULL;
}

static const char *
get_schedule (int i)
{
  const LamScheduleRow *const *rows = lam_schedule_get_rows ();
  return rows[i] ? rows[i]->name : NULL;
}

static const char *
get_loss (int i)
{
  static const char *const names[] = { "cross-entropy", "dice",
    "cross-entropy+dice", NULL };
  return names[i];
}

static const char *
get_grey (int i)
{
  static const char *const names[] = { "all", "each", NULL };
  return names[i];
}

/* In the order of LamTrainerKeep. */
static const char *
get_keep (int i)
{
  static const char *const names[] = { "loss", "iou", NULL };
  return names[i];
}

#define AT(field) G_STRUCT_OFFSET (LamRecipe, field)

static const Row rows[] = {
  { "tile", TILE, AT (tile), 1, 4096, 256, N_ ("voxels"),
      N_ ("x, y, z of a patch"), NULL },
  { "batch", WHOLE, AT (batch), 1, 1024, 1, "", N_ ("Patches a step"), NULL },
  { "steps", WHOLE, AT (steps), 1, 1e9, 5000, "", N_ ("Steps in all"), NULL },
  { "seed", WHOLE, AT (seed), 0, 1e15, 1, "",
      N_ ("Of weights, patches and augmentation"), NULL },
  { "loss", CHOICE, AT (loss), 0, 0, 0, "", N_ ("What is made small"),
      get_loss },
  { "smoothing", NUMBER, AT (smoothing), 0, 0.5, 0, "",
      N_ ("Share of each label that is spread over all classes"), NULL },
  { "optimizer", CHOICE, AT (optimizer), 0, 0, 0, "", N_ ("How weights follow"),
      get_optimizer },
  { "learning-rate", NUMBER, AT (learning_rate), 1e-9, 10, 1e-3, "",
      N_ ("The highest"), NULL },
  { "schedule", CHOICE, AT (schedule), 0, 0, 0, "",
      N_ ("How the learning rate falls"), get_schedule },
  { "warm-up", NUMBER, AT (warm_up), 0, 0.5, 0, "",
      N_ ("Share of the steps over which the learning rate rises"), NULL },
  { "final-rate", NUMBER, AT (final_rate), 0, 1, 0.01, "",
      N_ ("Share of the learning rate at the end"), NULL },
  { "weight-decay", NUMBER, AT (weight_decay), 0, 1, 0, "",
      N_ ("Pull of weights to 0"), NULL },
  { "momentum", NUMBER, AT (momentum), 0, 0.999, 0.9, "", N_ ("Of sgd"), NULL },
  { "clip", NUMBER, AT (clip), 0, 1e6, 0, "", N_ ("Longest gradient; 0: any"),
      NULL },
  { "average", NUMBER, AT (average), 0, 0.99999, 0, "",
      N_ ("Decay of averaged weights, which are what is kept; 0: none"), NULL },
  { "grey", CHOICE, AT (grey), 0, 0, 0, "",
      N_ ("By the mean and deviation of all images together, which the model "
          "keeps, or of each by itself, also where the model is used"),
      get_grey },
  { "balance", NUMBER, AT (balance), 0, 1, 0.5, "",
      N_ ("1: patches around all classes as often; 0: as often as they are"),
      NULL },
  { "validate-every", WHOLE, AT (validate_every), 1, 1e9, 250, N_ ("steps"),
      N_ ("Between validations"), NULL },
  { "validation-tiles", WHOLE, AT (validation_tiles), 1, 1e6, 48, "",
      N_ ("At most, in each validation"), NULL },
  { "keep", CHOICE, AT (keep), 0, 0, LAM_TRAINER_KEEP_IOU, "",
      N_ ("Whose validation is the best: the smallest loss or the largest mean "
          "IoU"),
      get_keep },
  { "patience", WHOLE, AT (patience), 0, 1e6, 0, "",
      N_ ("Validations without a better one until the end; 0: no end"), NULL },
  { "checkpoint-every", WHOLE, AT (checkpoint_every), 1, 1e9, 250, N_ ("steps"),
      N_ ("Between checkpoints"), NULL },
};

static void *
get_field (const LamRecipe *recipe, const Row *row)
{
  return (char *)recipe + row->offset;
}

static void
init (LamRecipe *recipe)
{
  *recipe = (LamRecipe){ 0 };
  lam_augmentation_init (&recipe->augmentation);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    void *field = get_field (recipe, &rows[i]);
    if (rows[i].kind == WHOLE)
      *(int64_t *)field = (int64_t)rows[i].standard;
    else if (rows[i].kind == NUMBER)
      *(double *)field = rows[i].standard;
    else if (rows[i].kind == CHOICE)
      *(int *)field = (int)rows[i].standard;
  }
  recipe->tile[0] = recipe->tile[1] = 256;
  recipe->tile[2] = 1;
}

static bool
set_choice (const Row *row, const char *value, int *to, char **why)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (int i = 0; row->get_name (i); i++) {
    if (strcmp (row->get_name (i), value) == 0) {
      *to = i;
      return true;
    }
    g_string_append_printf (known, "%s%s", i ? ", " : "", row->get_name (i));
  }
  *why =
      g_strdup_printf (_ ("one of %s is needed, not “%s”"), known->str, value);
  return false;
}

/* Whole numbers between spaces or commas. */
static bool
set_tile (const Row *row, const char *value, int64_t tile[3], char **why)
{
  const char *at = value;
  int n = 0;
  int64_t read[3];
  for (; n < 3; n++) {
    char *end;
    read[n] = g_ascii_strtoll (at, &end, 10);
    if (end == at || read[n] < row->least || read[n] > row->most)
      break;
    at = end + strspn (end, " ,");
  }
  if (n < 3 || *at) {
    *why = g_strdup_printf (
        _ ("three whole numbers (x y z) from %g to %g are needed, not “%s”"),
        row->least, row->most, value);
    return false;
  }
  memcpy (tile, read, sizeof read);
  return true;
}

static bool
set_number (
    const LamRecipe *recipe, const Row *row, const char *value, char **why)
{
  char *end;
  double number = g_ascii_strtod (value, &end);
  bool is_number =
      end != value && !*end && number >= row->least && number <= row->most;
  if (!is_number || (row->kind == WHOLE && number != floor (number))) {
    *why = g_strdup_printf (row->kind == WHOLE
            ? _ ("a whole number from %.12g to %.12g is needed, not “%s”")
            : _ ("a number from %g to %g is needed, not “%s”"),
        row->least, row->most, value);
    return false;
  }
  if (row->kind == WHOLE)
    *(int64_t *)get_field (recipe, row) = (int64_t)number;
  else
    *(double *)get_field (recipe, row) = number;
  return true;
}

static bool
set_training (LamRecipe *recipe, const char *key, const char *value, char **why)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row *row = &rows[i];
    g_string_append_printf (known, "%s%s", i ? ", " : "", row->key);
    if (strcmp (row->key, key) != 0)
      continue;
    if (row->kind == CHOICE)
      return set_choice (row, value, get_field (recipe, row), why);
    if (row->kind == TILE)
      return set_tile (row, value, get_field (recipe, row), why);
    return set_number (recipe, row, value, why);
  }
  *why = g_strdup_printf (
      _ ("there is no setting “%s”; there are %s"), key, known->str);
  return false;
}

bool
lam_recipe_read (LamRecipe *recipe, const LamPreset *preset, GError **error)
{
  const LamKeyText *text = lam_preset_get_text (preset);
  init (recipe);
  for (int i = 0; i < lam_key_text_get_n_lines (text); i++) {
    const LamKeyLine *line = lam_key_text_get_line (text, i);
    g_autofree char *why = NULL;
    bool done = true;
    if (strcmp (line->section, "training") == 0)
      done = set_training (recipe, line->key, line->value, &why);
    else if (strcmp (line->section, "augmentation") == 0)
      done = lam_augmentation_set (
          &recipe->augmentation, line->key, line->value, &why);
    if (!done)
      return lam_key_text_fail (text, line, error, "%s", why);
  }
  return true;
}

static bool
is_training_key (const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].key, key) == 0)
      return true;
  return false;
}

static bool
is_augmentation_key (const char *key)
{
  for (int i = 0; lam_augment_get_all ()[i]; i++)
    if (g_str_has_prefix (key, lam_augment_get_all ()[i]->name))
      return true;
  return false;
}

bool
lam_recipe_set (LamRecipe *recipe, const char *assignment, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);
  g_autofree char *why = NULL;
  bool done = false;
  if (!parts[0] || !parts[1])
    why = g_strdup (_ ("KEY=VALUE is needed"));
  else if (is_training_key (parts[0]) || !is_augmentation_key (parts[0]))
    done = set_training (recipe, parts[0], parts[1], &why);
  else
    done =
        lam_augmentation_set (&recipe->augmentation, parts[0], parts[1], &why);
  if (!done)
    g_set_error (
        error, LAM_ERROR, LAM_ERROR_INPUT, "“%s”: %s", assignment, why);
  return done;
}

static double
get_most_steps (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].offset == AT (steps))
      return rows[i].most;
  g_assert_not_reached ();
}

bool
lam_recipe_add_steps (LamRecipe *recipe, int64_t more, GError **error)
{
  const double most = get_most_steps ();
  if ((double)recipe->steps + (double)more <= most) {
    recipe->steps += more;
    return true;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%" G_GINT64_FORMAT " steps more than %" G_GINT64_FORMAT
         " are too many: a training has %.12g at most"),
      more, recipe->steps, most);
  return false;
}

static void
describe_row (const Row *row, GString *text)
{
  g_string_append_printf (text, "  %-18s", row->key);
  if (row->kind == CHOICE)
    for (int i = 0; row->get_name (i); i++)
      g_string_append_printf (text, "%s%s", i ? ", " : "", row->get_name (i));
  else
    g_string_append_printf (text, "%.12g–%.12g", row->least, row->most);
  g_string_append_printf (text, "%s%s. %s\n", *row->unit ? " " : "",
      *row->unit ? _ (row->unit) : "", _ (row->title));
}

char *
lam_recipe_describe (void)
{
  GString *text = g_string_new (NULL);
  const LamAugment *const *augments = lam_augment_get_all ();
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    describe_row (&rows[i], text);
  for (int i = 0; augments[i]; i++) {
    g_string_append_printf (text, "  %-18s0–1: %s. %s\n", augments[i]->name,
        _ ("how often"), _ (augments[i]->title));
    for (int j = 0; j < LAM_AUGMENT_MAX_PARAMETERS; j++) {
      const LamAugmentParameter *row = &augments[i]->parameters[j];
      if (row->name)
        g_string_append_printf (text, "    .%-15s%g–%g%s%s (%g). %s\n",
            row->name, row->least, row->most, *row->unit ? " " : "",
            *row->unit ? _ (row->unit) : "", row->standard, _ (row->title));
    }
  }
  return g_string_free (text, FALSE);
}

static void
append_number (GString *text, const char *key, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (text, "%s = %s\n", key,
      g_ascii_formatd (number, sizeof number, "%.12g", value));
}

char *
lam_recipe_to_text (const LamRecipe *recipe)
{
  GString *text = g_string_new ("[training]\n");
  const LamAugment *const *augments = lam_augment_get_all ();
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const void *field = get_field (recipe, &rows[i]);
    if (rows[i].kind == TILE)
      g_string_append_printf (text, "%s = %d %d %d\n", rows[i].key,
          (int)recipe->tile[0], (int)recipe->tile[1], (int)recipe->tile[2]);
    else if (rows[i].kind == CHOICE)
      g_string_append_printf (text, "%s = %s\n", rows[i].key,
          rows[i].get_name (*(const int *)field));
    else
      append_number (text, rows[i].key,
          rows[i].kind == WHOLE ? (double)*(const int64_t *)field
                                : *(const double *)field);
  }
  g_string_append (text, "\n[augmentation]\n");
  for (int i = 0; augments[i]; i++) {
    append_number (text, augments[i]->name, recipe->augmentation.chance[i]);
    for (int j = 0; j < LAM_AUGMENT_MAX_PARAMETERS; j++) {
      g_autofree char *key = g_strdup_printf (
          "%s.%s", augments[i]->name, augments[i]->parameters[j].name);
      if (augments[i]->parameters[j].name)
        append_number (text, key, recipe->augmentation.values[i][j]);
    }
  }
  return g_string_free (text, FALSE);
}

void
lam_recipe_fill (const LamRecipe *recipe, LamTrainerOptions *options)
{
  bool is_dice = recipe->loss == LAM_RECIPE_DICE;
  lam_trainer_options_init (options);
  options->loss.cross_entropy = is_dice ? 0 : 1;
  options->loss.dice = recipe->loss == LAM_RECIPE_CROSS_ENTROPY ? 0 : 1;
  options->loss.smoothing = is_dice ? 0 : recipe->smoothing;
  options->n_steps = recipe->steps;
  options->seed = (uint64_t)recipe->seed;
  options->optimizer = lam_optimizer_get_rows ()[recipe->optimizer];
  options->optimizer_options.weight_decay = recipe->weight_decay;
  options->optimizer_options.momentum = recipe->momentum;
  options->schedule = lam_schedule_get_rows ()[recipe->schedule];
  options->schedule_options.rate = recipe->learning_rate;
  options->schedule_options.final_share = recipe->final_rate;
  options->schedule_options.warm_up_steps =
      (int64_t)(recipe->warm_up * (double)recipe->steps);
  options->clip_norm = recipe->clip;
  options->average_decay = recipe->average;
  options->validate_every = recipe->validate_every;
  options->keep = (LamTrainerKeep)recipe->keep;
  options->patience = (int)recipe->patience;
  options->checkpoint_every = recipe->checkpoint_every;
}
