// SPDX-License-Identifier: GPL-2.0-or-later

/** Prints, and does not ask System.out whether it works: println() throws nothing. */
public class Printer {
	public static void main(String[] arguments) {
		for (int i = 0; i < 20000; i++) {
			System.out.println("line");
		}
	}
}
