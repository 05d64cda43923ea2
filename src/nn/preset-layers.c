/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A line is NAME = KIND INPUT… WIDTH…; a width is a number of channels, a
 * kernel in z, y, x, or both: 64, @1x2x2, 64@3x3x3. Several inputs are joined
 * by channels (but added by "add"). A kind is one row of the table below. */
#include "nn/preset-layers.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/layer-builder.h"

#define MAX_LAYERS 1000
#define MAX_WIDTHS 16
#define MAX_INPUTS 8
#define MAX_CHANNELS 8192
#define MAX_KERNEL 15
#define MAX_PARAMETERS INT64_C (1000000000)

typedef struct {
  int64_t channels; /* 0: only a kernel was said */
  int64_t kernel[3]; /* 0: not said */
} Width;

typedef enum { NORM_EACH, NORM_LAST, NORM_NONE } Norm;

typedef struct _Maker Maker;

typedef struct {
  const char *name;
  int value;
  int64_t channels;
} Layer;

/* One line, read. */
typedef struct {
  const LamKeyLine *line;
  const char *name;
  Layer inputs[MAX_INPUTS];
  int n_inputs;
  Width widths[MAX_WIDTHS];
  int n_widths;
} Row;

struct _Maker {
  const LamKeyText *text;
  LamLayerBuilder builder;
  int n_classes;
  Norm norm;
  int64_t kernel[3], factor[3]; /* where a line says none */
  GArray *layers; /* Layer */
};

typedef struct {
  const char *name;
  int least_inputs, most_inputs;
  int least_widths, most_widths;
  bool has_factor; /* kernels are strides: any size; else odd ones */
  bool has_channels; /* widths say channels */
  bool joins; /* wants its inputs as one */
  Layer (*make) (Maker *maker, const Row *row);
} Kind;

/* "1x3x3" */
static bool
parse_kernel (const char *text, int64_t kernel[3])
{
  for (int i = 0; i < 3; i++) {
    char *end;
    kernel[i] = g_ascii_strtoll (text, &end, 10);
    if (end == text || kernel[i] < 1 || kernel[i] > MAX_KERNEL
        || *end != (i < 2 ? 'x' : '\0'))
      return false;
    text = end + 1;
  }
  return true;
}

static char *
sub_name (const Row *row, const char *part, int i)
{
  return g_strdup_printf ("%s.%s%d", row->name, part, i + 1);
}

/* Convolutions, each with its activation, which `has_end` gives the last one
 * too. */
static Layer
make_convs (Maker *maker, const Row *row, bool has_end)
{
  const LamLayerBuilder *builder = &maker->builder;
  Layer now = row->inputs[0];
  for (int i = 0; i < row->n_widths; i++) {
    const Width *width = &row->widths[i];
    bool is_last = i + 1 == row->n_widths;
    bool has_norm =
        maker->norm == NORM_EACH || (maker->norm == NORM_LAST && is_last);
    g_autofree char *conv = sub_name (row, "conv", i);
    g_autofree char *norm = sub_name (row, "norm", i);
    g_autofree char *activate = sub_name (row, "activation", i);
    now.value = lam_layer_conv (builder, conv, now.value, now.channels,
        width->channels, width->kernel, !has_norm, LAM_LAYER_BEFORE_RELU);
    now.channels = width->channels;
    if (has_norm)
      now.value =
          lam_layer_instance_norm (builder, norm, now.value, now.channels);
    if (!is_last || has_end)
      now.value = lam_layer_activate (builder, activate, now.value);
  }
  return now;
}

static Layer
make_block (Maker *maker, const Row *row)
{
  return make_convs (maker, row, true);
}

static Layer
make_residual (Maker *maker, const Row *row)
{
  const int64_t point[3] = { 1, 1, 1 };
  Layer in = row->inputs[0], now = make_convs (maker, row, false);
  g_autofree char *through = g_strconcat (row->name, ".through", NULL);
  g_autofree char *sum = g_strconcat (row->name, ".sum", NULL);
  g_autofree char *activate = g_strconcat (row->name, ".activation", NULL);
  if (in.channels != now.channels)
    in.value = lam_layer_conv (&maker->builder, through, in.value, in.channels,
        now.channels, point, false, LAM_LAYER_BEFORE_NOTHING);
  now.value = lam_layer_add (&maker->builder, sum, now.value, in.value);
  now.value = lam_layer_activate (&maker->builder, activate, now.value);
  return now;
}

static Layer
make_conv (Maker *maker, const Row *row)
{
  const Layer *in = &row->inputs[0];
  const Width *width = &row->widths[0];
  return (Layer){ .value = lam_layer_conv (&maker->builder, row->name,
                      in->value, in->channels, width->channels, width->kernel,
                      true, LAM_LAYER_BEFORE_NOTHING),
    .channels = width->channels };
}

static Layer
make_up (Maker *maker, const Row *row)
{
  const Layer *in = &row->inputs[0];
  const Width *width = &row->widths[0];
  return (Layer){ .value = lam_layer_up (&maker->builder, row->name, in->value,
                      in->channels, width->channels, width->kernel),
    .channels = width->channels };
}

static Layer
make_pool (Maker *maker, const Row *row)
{
  const int64_t *factor = row->n_widths ? row->widths[0].kernel : maker->factor;
  return (Layer){ .value = lam_layer_max_pool (
                      &maker->builder, row->name, row->inputs[0].value, factor),
    .channels = row->inputs[0].channels };
}

static Layer
make_norm (Maker *maker, const Row *row)
{
  const Layer *in = &row->inputs[0];
  return (Layer){ .value = lam_layer_instance_norm (
                      &maker->builder, row->name, in->value, in->channels),
    .channels = in->channels };
}

static Layer
make_activation (Maker *maker, const Row *row)
{
  const Layer *in = &row->inputs[0];
  return (Layer){ .value = lam_layer_activate (
                      &maker->builder, row->name, in->value),
    .channels = in->channels };
}

static Layer
make_softmax (Maker *maker, const Row *row)
{
  const Layer *in = &row->inputs[0];
  return (Layer){ .value =
                      lam_layer_softmax (&maker->builder, row->name, in->value),
    .channels = in->channels };
}

static Layer
make_add (Maker *maker, const Row *row)
{
  return (Layer){ .value = lam_layer_add (&maker->builder, row->name,
                      row->inputs[0].value, row->inputs[1].value),
    .channels = row->inputs[0].channels };
}

static const Kind kinds[] = {
  { "block", 1, MAX_INPUTS, 1, MAX_WIDTHS, false, true, true, make_block },
  { "residual", 1, MAX_INPUTS, 1, MAX_WIDTHS, false, true, true,
      make_residual },
  { "conv", 1, MAX_INPUTS, 1, 1, false, true, true, make_conv },
  { "up", 1, MAX_INPUTS, 1, 1, true, true, true, make_up },
  { "pool", 1, MAX_INPUTS, 0, 1, true, false, true, make_pool },
  { "norm", 1, MAX_INPUTS, 0, 0, false, false, true, make_norm },
  { "activation", 1, MAX_INPUTS, 0, 0, false, false, true, make_activation },
  { "softmax", 1, MAX_INPUTS, 0, 0, false, false, true, make_softmax },
  { "add", 2, 2, 0, 0, false, false, false, make_add },
};

static const Kind *
find_kind (const Maker *maker, const Row *row, const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (kinds[i].name, name) == 0)
      return &kinds[i];
    g_string_append_printf (known, "%s%s", i ? ", " : "", kinds[i].name);
  }
  lam_key_text_fail (maker->text, row->line, error,
      _ ("there is no kind of layer “%s”; there are %s"), name, known->str);
  return NULL;
}

static bool
check_kernel (const Maker *maker, const Row *row, const Kind *kind,
    const Width *width, GError **error)
{
  for (int i = 0; i < 3; i++)
    if (!kind->has_factor && width->kernel[i] % 2 == 0)
      return lam_key_text_fail (maker->text, row->line, error,
          _ ("a kernel of %d voxels has no middle; odd numbers are needed"),
          (int)width->kernel[i]);
  return true;
}

static bool
read_width (const Maker *maker, Row *row, const Kind *kind, const char *word,
    GError **error)
{
  g_auto (GStrv) parts = g_strsplit (word, "@", 2);
  Width width = { 0 };
  char *end = parts[0];
  memcpy (width.kernel, kind->has_factor ? maker->factor : maker->kernel,
      sizeof width.kernel);
  if (strcmp (parts[0], "classes") == 0)
    width.channels = maker->n_classes;
  else if (*parts[0])
    width.channels = g_ascii_strtoll (parts[0], &end, 10);
  bool has_channels = *parts[0] != '\0';
  if ((*end && width.channels != maker->n_classes)
      || has_channels != kind->has_channels
      || (has_channels && (width.channels < 1 || width.channels > MAX_CHANNELS))
      || (parts[1] && !parse_kernel (parts[1], width.kernel)))
    return lam_key_text_fail (maker->text, row->line, error,
        _ ("“%s” is not understood; %s is needed, with at most %d channels and "
           "kernels of 1 to %d"),
        word, kind->has_channels ? "64, 64@3x3x3" : "@1x2x2", MAX_CHANNELS,
        MAX_KERNEL);
  if (row->n_widths == kind->most_widths)
    return lam_key_text_fail (maker->text, row->line, error,
        _ ("“%s” takes at most %d widths"), kind->name, kind->most_widths);
  row->widths[row->n_widths++] = width;
  return check_kernel (maker, row, kind, &width, error);
}

static bool
read_input (const Maker *maker, Row *row, const Kind *kind, const char *word,
    GError **error)
{
  if (row->n_inputs == kind->most_inputs || row->n_widths > 0)
    return lam_key_text_fail (maker->text, row->line, error,
        _ ("“%s” is one input too many, or comes after the widths"), word);
  for (guint i = 0; i < maker->layers->len; i++) {
    const Layer *layer = &g_array_index (maker->layers, Layer, i);
    if (strcmp (layer->name, word) == 0) {
      row->inputs[row->n_inputs++] = *layer;
      return true;
    }
  }
  return lam_key_text_fail (
      maker->text, row->line, error, _ ("no layer above is called “%s”"), word);
}

static bool
read_row (const Maker *maker, Row *row, const Kind **kind, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (row->line->value, " \t", -1);
  *kind = find_kind (maker, row, words[0], error);
  if (!*kind)
    return false;
  for (int i = 1; words[i]; i++) {
    bool is_width = g_ascii_isdigit (*words[i]) || *words[i] == '@'
        || strcmp (words[i], "classes") == 0
        || g_str_has_prefix (words[i], "classes@");
    if (!*words[i])
      continue;
    if (is_width ? !read_width (maker, row, *kind, words[i], error)
                 : !read_input (maker, row, *kind, words[i], error))
      return false;
  }
  if (row->n_inputs >= (*kind)->least_inputs
      && row->n_widths >= (*kind)->least_widths)
    return true;
  return lam_key_text_fail (maker->text, row->line, error,
      _ ("“%s” needs %d inputs and %d widths at least, but has %d and %d"),
      (*kind)->name, (*kind)->least_inputs, (*kind)->least_widths,
      row->n_inputs, row->n_widths);
}

static void
join_inputs (Maker *maker, Row *row)
{
  int values[MAX_INPUTS];
  Layer joined = { 0 };
  if (row->n_inputs == 1)
    return;
  for (int i = 0; i < row->n_inputs; i++) {
    values[i] = row->inputs[i].value;
    joined.channels += row->inputs[i].channels;
  }
  g_autofree char *name = g_strconcat (row->name, ".join", NULL);
  joined.value =
      lam_layer_concat (&maker->builder, name, values, row->n_inputs);
  row->inputs[0] = joined;
}

/* What the layer adds at most: no network is begun that cannot be had. */
static bool
check_parameters (const Maker *maker, const Row *row, GError **error)
{
  int64_t channels = 0, n = maker->builder.network->n_parameters;
  for (int i = 0; i < row->n_inputs; i++)
    channels += row->inputs[i].channels;
  for (int i = 0; i < row->n_widths; i++) {
    const Width *width = &row->widths[i];
    n += channels * width->channels * width->kernel[0] * width->kernel[1]
        * width->kernel[2];
    channels = width->channels;
  }
  if (n <= MAX_PARAMETERS)
    return true;
  return lam_key_text_fail (maker->text, row->line, error,
      _ ("%" G_GINT64_FORMAT " weights so far; at most %" G_GINT64_FORMAT
         " are accepted"),
      n, MAX_PARAMETERS);
}

static bool
add_layer (Maker *maker, const LamKeyLine *line, GError **error)
{
  Row row = { .line = line, .name = line->key };
  const Kind *kind;
  if (maker->layers->len > MAX_LAYERS)
    return lam_key_text_fail (
        maker->text, line, error, _ ("more than %d layers"), MAX_LAYERS);
  if (strcmp (line->key, "image") == 0 || !g_ascii_isalpha (*line->key)
      || strcmp (line->key, "classes") == 0)
    return lam_key_text_fail (
        maker->text, line, error, _ ("a layer cannot be called so"));
  if (!read_row (maker, &row, &kind, error)
      || !check_parameters (maker, &row, error))
    return false;
  if (kind->joins)
    join_inputs (maker, &row);
  else if (row.inputs[0].channels != row.inputs[1].channels)
    return lam_key_text_fail (maker->text, line, error,
        _ ("%" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
           " channels cannot be added"),
        row.inputs[0].channels, row.inputs[1].channels);
  Layer made = kind->make (maker, &row);
  made.name = row.name;
  g_array_append_val (maker->layers, made);
  return true;
}

static bool
read_activation (Maker *maker, const LamKeyLine *line, GError **error)
{
  char *end;
  const char *rest = line->value + strlen ("leaky");
  if (strcmp (line->value, "relu") == 0)
    return true;
  if (g_str_has_prefix (line->value, "leaky ")) {
    double slope = g_ascii_strtod (rest, &end);
    maker->builder.slope = (float)slope;
    if (end != rest && !*end && slope > 0 && slope < 1)
      return true;
  }
  return lam_key_text_fail (maker->text, line, error,
      _ ("“relu” or “leaky” and a slope between 0 and 1 is needed, not “%s”"),
      line->value);
}

static bool
read_setting (Maker *maker, const LamKeyLine *line, GError **error)
{
  static const char *const norms[] = { "each", "last", "none", NULL };
  if (strcmp (line->key, "activation") == 0)
    return read_activation (maker, line, error);
  if (strcmp (line->key, "norm") == 0) {
    for (int i = 0; norms[i]; i++)
      if (strcmp (norms[i], line->value) == 0) {
        maker->norm = (Norm)i;
        return true;
      }
    return lam_key_text_fail (maker->text, line, error,
        _ ("“each”, “last” or “none” is needed, not “%s”"), line->value);
  }
  bool is_kernel = strcmp (line->key, "kernel") == 0;
  if (!is_kernel && strcmp (line->key, "pool") != 0)
    return lam_key_text_fail (maker->text, line, error,
        _ ("there is no such setting; there are activation, norm, kernel, "
           "pool"));
  if (!parse_kernel (line->value, is_kernel ? maker->kernel : maker->factor))
    return lam_key_text_fail (maker->text, line, error,
        _ ("three sizes of 1 to %d in z, y, x are needed (1x3x3), not “%s”"),
        MAX_KERNEL, line->value);
  return true;
}

static void
begin (Maker *maker)
{
  LamNetwork *network = maker->builder.network;
  Layer image = { .name = "image", .channels = 1 };
  image.value = lam_graph_add_value (network, "image", NULL);
  const int64_t open[5] = { -1, 1, -1, -1, -1 };
  lam_graph_get_value (network, image.value)->declared =
      lam_shape_new (LAM_TENSOR_F32, 5, open);
  g_array_append_val (network->inputs, image.value);
  g_array_append_val (maker->layers, image);
}

static bool
make_all (Maker *maker, GError **error)
{
  const LamKeyText *text = maker->text;
  const LamKeyLine *last = NULL;
  for (int i = 0; i < lam_key_text_get_n_lines (text); i++) {
    const LamKeyLine *line = lam_key_text_get_line (text, i);
    bool is_layer = strcmp (line->section, "layers") == 0;
    if (is_layer && !add_layer (maker, line, error))
      return false;
    if (strcmp (line->section, "network") == 0
        && !read_setting (maker, line, error))
      return false;
    if (is_layer)
      last = line;
  }
  const Layer *logits =
      &g_array_index (maker->layers, Layer, maker->layers->len - 1);
  if (!last) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s has no layers: a section [layers] is needed"),
        lam_key_text_get_path (text));
    return false;
  }
  if (strcmp (logits->name, "logits") != 0
      || logits->channels != maker->n_classes)
    return lam_key_text_fail (text, last, error,
        _ ("the last layer must be called “logits” and have as many channels "
           "as there are classes (the width “classes”)"));
  g_array_append_val (maker->builder.network->outputs, logits->value);
  return true;
}

LamNetwork *
lam_preset_layers_build (
    const LamKeyText *text, int n_classes, uint64_t seed, GError **error)
{
  g_autoptr (LamNetwork) network = lam_graph_new (lam_key_text_get_path (text));
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (Layer));
  Maker maker = {
    .text = text,
    .builder = { .network = network, .seed = seed },
    .n_classes = n_classes,
    .kernel = { 1, 3, 3 },
    .factor = { 1, 2, 2 },
    .layers = layers,
  };
  network->opset = 13;
  begin (&maker);
  return make_all (&maker, error) ? g_steal_pointer (&network) : NULL;
}
