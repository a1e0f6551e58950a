/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that is made at run time: each site is a function that writes one byte to FD by a system
 * call of its own. They return -errno. */
#pragma once

/* COUNT sites, each at an address of its own. Ends the program without memory. */
char *sites_make(long count);
long site_call(const char *code, long number, int fd);

/* One site, which has WORD where a function without a frame has its return address. */
char *site_with_word_make(void);
long site_call_with_word(const char *code, int fd, long word);
