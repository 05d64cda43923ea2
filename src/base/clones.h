/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* LAM_CLONES before a function makes the compiler build it for several CPUs
 * and pick one at start-up. Products and sums are never contracted
 * (-ffp-contract=off), so all clones give the same bits. */
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__)
#define LAM_CLONES \
  __attribute__ ((target_clones ("avx512f", "avx2", "default")))
#else
#define LAM_CLONES
#endif
