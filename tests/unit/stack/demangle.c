// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "demangle.h"
#include "units.h"

static void names(void **state)
{
	static const struct {
		const char *symbol, *name;
	} rows[] = {
		{ "write", "write" },
		{ "_start", "_start" },
		{ "_ZN6server6handleIiEEvT_", "server::handle<int>" },
		{ "_ZN6server10ConnectionIiED1Ev", "server::Connection<int>::~Connection" },
		{ "_ZN5chain5serve17h0123456789abcdefE", "chain::serve" },
		{ "_RNvC6_123foo3bar", "123foo::bar" },
		{ "_RNvMs_NtC5chain3modNtB4_4Conn5reply", "<chain::mod::Conn>::reply" },
		{ "main.(*connection).reply", "main.(*connection).reply" },
		{ "_Znot_really", "_Znot_really" },
		{ "_Z", "_Z" },
		{ "_R", "_R" },
		{ "", "" },
	};
	char name[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		demangle(rows[i].symbol, name, sizeof(name));
		assert_string_equal(name, rows[i].name);
	}
}

static void long_names(void **state)
{
	char name[32], *symbol = malloc(100001);

	memset(symbol, 'a', 100000);
	symbol[100000] = '\0';
	demangle(symbol, name, sizeof(name));
	assert_string_equal(name, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa...");
	memcpy(symbol, "_Z", 2);
	demangle(symbol, name, sizeof(name));
	assert_int_equal(strlen(name), 31);
	free(symbol);
	demangle("_ZN6server10ConnectionIiED1Ev", name, sizeof(name));
	assert_string_equal(name, "server::Connection<int>::~Co...");
}

/* Each level doubles the length of the result. */
static void names_that_explode(void **state)
{
	char symbol[4096] = "_Z1f", name[1024];
	size_t length = strlen(symbol);

	strcpy(symbol + length, "St4pairIiiE");
	for (char digit = '0'; digit < '9'; digit++)
		sprintf(symbol + strlen(symbol), "St4pairIS%c_S%c_E", digit, digit);
	demangle(symbol, name, sizeof(name));
	assert_true(strlen(name) < sizeof(name));
	/* Recursion: libiberty refuses it, so the symbol is unchanged. */
	length = strlen("_Z1f");
	memset(symbol + length, 'P', sizeof(symbol) - length - 2);
	symbol[sizeof(symbol) - 2] = 'i';
	symbol[sizeof(symbol) - 1] = '\0';
	demangle(symbol, name, sizeof(name));
	assert_true(strlen(name) < sizeof(name));
	strcpy(symbol, "_RNvC1a");
	memset(symbol + 3, 'I', 2000);
	symbol[2003] = '\0';
	demangle(symbol, name, sizeof(name));
	assert_true(strlen(name) < sizeof(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(names_that_explode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
