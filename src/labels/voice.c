/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/voice.h"

void
lam_voice_free (LamVoice *voice)
{
  g_free (voice->name);
  g_free (voice);
}

void
lam_voice_label_free (LamVoiceLabel *label)
{
  g_free (label->name);
  g_free (label);
}
