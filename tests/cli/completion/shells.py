# SPDX-License-Identifier: GPL-2.0-or-later
"""Interactive shells in a terminal, with the completion of sigpath as its packages install it. What a shell
inserts is read as the arguments that it then passes to a program called sigpath."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

LIMIT = 30
PROGRAM = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >"$ARGUMENTS.new"
mv "$ARGUMENTS.new" "$ARGUMENTS"
"""


class Shell:
    """One interactive shell. Its directory is below DIRECTORY; FILES: the three completions by the shell's name."""

    name = ""
    command = []
    setup = ""
    closing = ""  # what is still to be typed behind a completed word in quotes

    def __init__(self, directory, files):
        self.root = os.path.join(directory, self.name)
        self.work = os.path.join(self.root, "work")
        os.makedirs(self.work)
        self.arguments = os.path.join(self.root, "arguments")
        self.install(files)
        program = os.path.join(self.root, "bin", "sigpath")
        self.write(program, PROGRAM)
        os.chmod(program, 0o755)
        self.environment = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "HOME": self.root, "TERM": "xterm",
                            "ARGUMENTS": self.arguments, "LC_ALL": "C.UTF-8", "XDG_DATA_DIRS": f"{self.root}/share:/usr/share",
                            "XDG_CONFIG_HOME": self.root}
        self.screen = b""
        self.start()

    def install(self, files):
        """Puts the completion where this shell searches."""
        raise NotImplementedError

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.work)
            os.execvpe(self.command[0], self.command, self.environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 200, 0, 0))
        self.send(f"PS1='rea''dy> '; {self.setup}\n")
        self.settle()

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read(self, seconds):
        if select.select([self.terminal], [], [], seconds)[0]:
            self.screen += os.read(self.terminal, 65536)

    def wait(self, condition, complaint):
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"{self.name}: {complaint}: {self.screen[-3000:]}"
            self.read(0.05)

    def settle(self):
        """Waits until the shell reads keys itself: before that, the terminal would act on ^D. What is typed is on
        the screen too, so the marks are typed in two parts."""
        self.send("echo en'd'\n")
        self.wait(lambda: b"end\r" in self.screen, "it does not answer")
        self.screen = self.screen.rpartition(b"end\r")[2]
        self.wait(lambda: b"ready> " in self.screen, "no prompt")

    def run(self, keys):
        """Types KEYS and Enter. Returns the arguments of sigpath."""
        self.send(keys + "\n")
        self.wait(lambda: os.path.exists(self.arguments), f"{keys!r} runs nothing")
        with open(self.arguments, encoding="utf-8", errors="surrogateescape") as file:
            words = file.read().split("\0")[:-1]
        os.unlink(self.arguments)
        self.settle()
        return words

    def one(self, text):
        """TEXT, then Tab: all arguments of sigpath."""
        return self.run(f"sigpath {text}\t{self.closing if chr(39) in text else ''}")

    def offers(self, text):
        """All candidates behind TEXT, as they would be inserted; its last word itself if there is none. zsh must
        have several."""
        raise NotImplementedError

    def lists(self, text, wanted):
        """What the terminal shows as candidates, as soon as WANTED is in it."""
        self.screen = b""
        self.send(f"sigpath {text}{self.list_keys}")
        self.wait(lambda: wanted in self.screen, f"{text!r} does not list {wanted!r}")
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            self.read(0.05)
        shown = self.screen
        self.send("\x15")
        self.settle()
        return shown

    def end(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Bash(Shell):
    """Without the package bash-completion."""

    name = "bash"
    command = ["bash", "--norc", "--noprofile", "-i"]
    options = ("bind 'set enable-bracketed-paste off'; bind 'set completion-query-items -1';"
               "bind 'set page-completions off'; bind 'set bell-style none';")
    list_keys = "\x1b?"

    def install(self, files):
        self.setup = f"{self.options} . {files['bash']}"

    def offers(self, text):
        before = text.split(" ")[:-1]
        return self.run(f"sigpath {text}\x1b*")[len(before):]


class BashCompletion(Bash):
    """With bash-completion, which finds the file itself."""

    name = "bash-completion"
    setup = f"{Bash.options} . /usr/share/bash-completion/bash_completion"

    def install(self, files):
        with open(files["bash"], encoding="utf-8") as file:
            self.write(f"{self.root}/share/bash-completion/completions/sigpath", file.read())


class Zsh(Shell):
    name = "zsh"
    command = ["zsh", "-f", "-i"]
    # ^Xa inserts all candidates of the list before.
    setup = ("unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; setopt no_beep; LISTMAX=100000;"
             "fpath=($HOME/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -d $HOME/dump;"
             "zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches;"
             "zstyle ':completion:all-matches:*' old-matches only;"
             "zstyle ':completion:all-matches::::' completer _all_matches")
    list_keys = "\x04"
    closing = "'"

    def install(self, files):
        with open(files["zsh"], encoding="utf-8") as file:
            self.write(f"{self.root}/share/zsh/site-functions/_sigpath", file.read())

    def offers(self, text):
        before = text.split(" ")[:-1]
        return self.run(f"sigpath {text}\x04\x18a")[len(before):]


class Fish(Shell):
    """Candidates by `complete -C`."""

    name = "fish"

    def install(self, files):
        with open(files["fish"], encoding="utf-8") as file:
            self.write(f"{self.root}/share/fish/vendor_completions.d/sigpath.fish", file.read())

    def start(self):
        pass

    def end(self):
        pass

    def complete(self, text):
        run = subprocess.run(["fish", "-c", 'complete -C "$LINE"'], env=self.environment | {"LINE": f"sigpath {text}"},
                             cwd=self.work, capture_output=True, check=True, timeout=LIMIT)
        assert not run.stderr, run.stderr
        return run.stdout

    def offers(self, text):
        lines = self.complete(text).decode().splitlines()
        words = [line.split("\t")[0] for line in lines]
        last = text.split(" ")[-1]
        # fish 4 also finds the letters elsewhere in a word, and shows such words behind the others.
        return [word for word in words if word.startswith(last)] or words or [last]

    def one(self, text):
        """With a single candidate, as the shell would insert it."""
        before = text.split(" ")[:-1]
        words = self.offers(text)
        assert len(words) == 1, words
        return before + words

    def lists(self, text, wanted):
        shown = self.complete(text)
        assert wanted in shown, shown
        return shown
