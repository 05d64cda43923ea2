/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The one table of words. Single objects are told by any word that is in the
 * name, since "pre-synaptic membrane" is no more counted than "membrane";
 * organelles by all of its words, since "mitochondrial membrane" is part of
 * one. Classes of the platelet data that count as organelles are those over
 * which Guay et al. (2021), doi:10.1038/s41598-021-81590-0, take their mean:
 * all but background and cell. */
#include "labels/class-words.h"

#include <string.h>

static const struct {
  const char *word; /* small letters, without a plural's s */
  bool is_counted; /* it may be of single objects */
} surroundings[] = {
  { "astrocyte", true },
  { "axon", true },
  { "background", false },
  { "border", false },
  { "boundaries", false },
  { "boundary", false },
  { "cell", true },
  { "cytoplasm", false },
  { "cytosol", false },
  { "dendrite", true },
  { "ecs", false },
  { "extracellular", false },
  { "glia", false },
  { "intracellular", false },
  { "junction", false },
  { "lumen", false },
  { "matrix", false },
  { "membrane", false },
  { "myelin", false },
  { "neurite", true },
  { "neuron", true },
  { "outside", false },
  { "plasma", true },
  { "platelet", true },
  { "resin", false },
  { "sheath", true },
  { "soma", true },
  { "space", true },
};

bool
lam_class_words_has_instances (const char *name)
{
  g_autofree char *plain = g_utf8_strdown (name, -1);
  for (size_t i = 0; i < G_N_ELEMENTS (surroundings); i++)
    if (!surroundings[i].is_counted && strstr (plain, surroundings[i].word))
      return false;
  return true;
}

static bool
is_surroundings (const char *word)
{
  for (size_t i = 0; i < G_N_ELEMENTS (surroundings); i++) {
    const size_t n = strlen (surroundings[i].word);
    if (strncmp (word, surroundings[i].word, n) == 0
        && (!word[n] || strcmp (word + n, "s") == 0))
      return true;
  }
  return false;
}

bool
lam_class_words_is_organelle (const char *name)
{
  g_autofree char *plain = g_utf8_strdown (name, -1);
  g_auto (GStrv) words = g_strsplit_set (plain, " \t_-/,.()", -1);
  bool is_any = false;
  for (int i = 0; words[i]; i++) {
    if (*words[i] && !is_surroundings (words[i]))
      return true;
    is_any |= *words[i] != 0;
  }
  return !is_any;
}

static bool
is_by_name (const LamClass *row)
{
  return row->id != 0 && lam_class_words_is_organelle (row->name);
}

bool
lam_class_is_organelle (const LamClass *row)
{
  return row->organelle == LAM_ORGANELLE_BY_NAME
      ? is_by_name (row)
      : row->organelle == LAM_ORGANELLE_YES;
}

void
lam_class_set_organelle (LamClass *row, bool is_organelle)
{
  if (is_organelle == is_by_name (row))
    row->organelle = LAM_ORGANELLE_BY_NAME;
  else
    row->organelle = is_organelle ? LAM_ORGANELLE_YES : LAM_ORGANELLE_NO;
}
