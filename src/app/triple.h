/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three numbers in one line of text, as people note and paste positions. */
#pragma once

#include <stdbool.h>

#include "base/box.h"

/* "10, 20, 5", "x=10 y=20 z=5", …: anything but a digit, sign or point may
 * stand between them. False unless there are exactly three. */
bool lam_triple_parse (const char *text, double numbers[3]);
/* A box from its first and its last voxel, which lie in a volume of `size`.
 * NULL, or what is wrong with them, for a person. */
const char *lam_triple_parse_box (
    const char *first, const char *last, const int64_t size[3], LamBox *box);
