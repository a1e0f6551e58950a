// SPDX-License-Identifier: GPL-2.0-or-later

/** Prints and never calls checkError(). println() throws no exception. */
public class Printer {
	public static void main(String[] arguments) {
		for (int i = 0; i < 20000; i++) {
			System.out.println("line");
		}
	}
}
