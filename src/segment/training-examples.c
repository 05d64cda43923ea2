/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/training-examples.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
  LamTrainingExample example; /* Owned */
  int64_t number; /* of its patch; -1: none yet */
  int64_t score; /* how much is to be seen in it */
} Place;

struct _LamTrainingExamples {
  int64_t size[3];
  int n_classes;
  Place places[LAM_TRAINING_MAX_EXAMPLES];
  bool are_chosen;
};

LamTrainingExamples *
lam_training_examples_new (const int64_t size[3], int n_classes)
{
  LamTrainingExamples *examples = g_new0 (LamTrainingExamples, 1);
  const gsize n = (gsize)(size[0] * size[1]);
  memcpy (examples->size, size, sizeof examples->size);
  examples->n_classes = n_classes;
  for (int i = 0; i < LAM_TRAINING_MAX_EXAMPLES; i++)
    examples->places[i] = (Place){
      .example = { { size[0], size[1] }, g_new0 (float, n), g_new0 (uint8_t, n),
          g_new0 (uint8_t, n) },
      .number = -1,
    };
  return examples;
}

void
lam_training_examples_free (LamTrainingExamples *examples)
{
  if (!examples)
    return;
  for (int i = 0; i < LAM_TRAINING_MAX_EXAMPLES; i++) {
    g_free (examples->places[i].example.image);
    g_free (examples->places[i].example.truth);
    g_free (examples->places[i].example.said);
  }
  g_free (examples);
}

/* Voxels that are not of the class that most are of: where all are of one,
 * there is little to look at. */
static int64_t
score_section (const uint8_t *classes, int64_t n)
{
  int64_t counts[UINT8_MAX + 1] = { 0 }, most = 0, all = 0;
  for (int64_t i = 0; i < n; i++)
    counts[classes[i]]++;
  for (int i = 0; i < LAM_PATCH_IGNORED; i++) {
    most = MAX (most, counts[i]);
    all += counts[i];
  }
  return all - most;
}

static Place *
find_place (LamTrainingExamples *examples, int64_t number)
{
  for (int i = 0; i < LAM_TRAINING_MAX_EXAMPLES; i++)
    if (examples->places[i].number == number)
      return &examples->places[i];
  return NULL;
}

/* One that is free, or in which less is to be seen; NULL: there is none. */
static Place *
take_place (LamTrainingExamples *examples, int64_t number, int64_t score)
{
  Place *least = &examples->places[0];
  for (int i = 1; i < LAM_TRAINING_MAX_EXAMPLES; i++)
    if (least->number >= 0
        && (examples->places[i].number < 0
            || examples->places[i].score < least->score))
      least = &examples->places[i];
  if (examples->are_chosen || (least->number >= 0 && score <= least->score))
    return NULL;
  least->number = number;
  least->score = score;
  return least;
}

void
lam_training_examples_see_patch (
    LamTrainingExamples *examples, int64_t number, const LamPatch *patch)
{
  const int64_t n = examples->size[0] * examples->size[1];
  const int64_t middle = examples->size[2] / 2 * n;
  Place *place = find_place (examples, number);
  if (!place)
    place = take_place (
        examples, number, score_section (patch->classes + middle, n));
  if (!place)
    return;
  memcpy (place->example.image, patch->image + middle,
      (size_t)n * sizeof *patch->image);
  memcpy (place->example.truth, patch->classes + middle, (size_t)n);
}

void
lam_training_examples_see_scores (
    LamTrainingExamples *examples, int64_t number, const float *scores)
{
  const int64_t n = examples->size[0] * examples->size[1];
  const int64_t stride = n * examples->size[2];
  const float *from = scores + examples->size[2] / 2 * n;
  Place *place = find_place (examples, number);
  for (int64_t i = 0; place && i < n; i++) {
    int best = 0;
    for (int c = 1; c < examples->n_classes; c++)
      if (from[c * stride + i] > from[best * stride + i])
        best = c;
    place->example.said[i] = (uint8_t)best;
  }
}

void
lam_training_examples_end (LamTrainingExamples *examples)
{
  examples->are_chosen = true;
}

int
lam_training_examples_get_n (const LamTrainingExamples *examples)
{
  int n = 0;
  while (examples->are_chosen && n < LAM_TRAINING_MAX_EXAMPLES
      && examples->places[n].number >= 0)
    n++;
  return n;
}

const LamTrainingExample *
lam_training_examples_get (const LamTrainingExamples *examples, int i)
{
  g_return_val_if_fail (i < lam_training_examples_get_n (examples), NULL);
  return &examples->places[i].example;
}
