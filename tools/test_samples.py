"""python3 -m unittest discover tools"""

import unittest

import samples


class Agreement(unittest.TestCase):
    def check(self, shown, printed, expected=True):
        self.assertEqual(samples.agrees(shown.split("|"), printed.split("|")), expected, (shown, printed))

    def test_without_elision_every_line_counts(self):
        self.check("a|b", "a|b")
        self.check("a|b  ", "a  |b")
        self.check("a|b", "a|b|c", False)
        self.check("a|b", "a", False)

    def test_an_elision_stands_for_any_lines(self):
        self.check("a|...", "a|b|c")
        self.check("a|...", "a")
        self.check("...|c", "a|b|c")
        self.check("a|...|d", "a|b|c|d")
        self.check("...|b|...|d|...", "a|b|c|d|e")
        self.check("...", "a|b")

    def test_what_is_shown_must_be_printed_in_order_and_together(self):
        self.check("...|d|...|b|...", "a|b|c|d", False)
        self.check("...|a|c|...", "a|b|c", False)
        self.check("a|...|b", "a", False)
        self.check("a|...|a", "a", False)
        self.check("b|...", "a|b", False)
        self.check("...|b", "a|b|c", False)


class Pages(unittest.TestCase):
    PAGE = """text
<!-- file x.toml -->
```toml
a = 1
```
<!-- not run: why -->
```sh
one
```
far away

```sh
two \\
    more  # said
# nothing

three
```
```text
$ skyshed why A
line

$ skyshed coverage | head -1
...
```
<!-- file hidden.txt
0,1
-->
"""

    def test_blocks_keep_the_remarks_before_them(self):
        found = samples.blocks(self.PAGE)
        self.assertEqual([block.remarks for block in found], [["file x.toml"], ["not run: why"], [], [], ["file hidden.txt"]])
        self.assertEqual(found[4].lines, ["0,1"])

    def test_commands_are_found(self):
        found = samples.blocks(self.PAGE)
        self.assertEqual(samples.scripts(found[2].lines), ["two     more  # said", "three"])
        self.assertEqual(
            samples.sessions(found[3].lines),
            [(0, "skyshed why A", ["line"]), (3, "skyshed coverage | head -1", ["..."])],
        )

    def test_the_time_of_the_samples_is_given(self):
        self.assertEqual(samples.as_run("skyshed why A | head -1"), f"skyshed --progress never --at {samples.AT} why A | head -1")
        self.assertEqual(samples.as_run("skyshed why A --at X"), "skyshed --progress never why A --at X")
        self.assertEqual(samples.as_run("skyshed why A", timed=False), "skyshed --progress never why A")
        self.assertEqual(samples.as_run("skyshed-verify log DIR"), "skyshed-verify log DIR")


if __name__ == "__main__":
    unittest.main()
