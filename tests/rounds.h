/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sanitisers look for what one walk through the code shows, and make each walk
 * several times as long: so many rounds, sizes and limits of a test are chosen
 * for both kinds of build. */
#pragma once

#ifdef __SANITIZE_ADDRESS__
#define PLAIN_OR_SANITISED(plain, sanitised) (sanitised)
#else
#define PLAIN_OR_SANITISED(plain, sanitised) (plain)
#endif
