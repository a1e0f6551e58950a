/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the judge find what is wrong? A test that cannot fail is no test. */
#pragma once

#include <stdbool.h>

/* Tells the judge the truth and then one lie after the other, and prints what it missed. */
bool lies_are_found(void);
