"""Tests of fit_latency.py: python3 -m unittest discover tools"""

import random
import unittest
from types import SimpleNamespace

import fit_latency as tool


class Statistics(unittest.TestCase):
    def test_spearman_is_the_textbooks(self):
        # IQ and hours of television of ten people, a worked example of the coefficient: -29/165.
        iq = [106, 86, 100, 101, 99, 103, 97, 113, 112, 110]
        hours = [7, 0, 27, 50, 28, 29, 20, 12, 6, 17]
        self.assertAlmostEqual(tool.spearman(list(zip(iq, hours))), -29 / 165)

    def test_ties_share_the_mean_rank(self):
        self.assertEqual(tool.ranks([3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0])

    def test_quantiles_interpolate(self):
        self.assertEqual([tool.quantile([0.0, 1.0, 2.0, 4.0], share) for share in (0, 0.5, 1)], [0.0, 1.5, 4.0])
        self.assertAlmostEqual(tool.quantile([0.0, 10.0], 0.95), 9.5)

    def test_figures_of_a_known_case(self):
        figures = tool.figures([(10.0, 11.0), (20.0, 18.0), (30.0, 33.0)])
        self.assertAlmostEqual(figures["mae_ms"], 2.0)
        self.assertAlmostEqual(figures["rmse_ms"], (14 / 3) ** 0.5)
        self.assertAlmostEqual(figures["spearman"], 1.0)


class Fit(unittest.TestCase):
    def setUp(self):
        dice = random.Random(1)
        ways = {f"C{index:02}": (dice.uniform(6, 40), dice.randint(0, 8)) for index in range(60)}
        true_hop, true_access = 0.75, 17.5
        self.points = {
            hop / 4: [
                (code, way + hop / 4 * hops, way + true_hop * hops + true_access)
                for code, (way, hops) in ways.items()
            ]
            for hop in range(9)
        }

    def test_known_constants_are_found_again(self):
        self.assertEqual(tool.fit(self.points), (0.75, 17.5))

    def test_they_are_found_on_any_half_and_hold_on_the_other(self):
        halves = tool.random_halves(self.points)
        self.assertEqual(len(halves["mae_ms"]), tool.HALVES)
        self.assertLess(max(halves["mae_ms"]), 1e-9)

    def test_a_country_left_out_is_not_in_its_own_fit(self):
        code = self.points[0.75][0][0]
        outlier = {
            hop: [(name, way, measured + (1000 if name == code else 0)) for name, way, measured in rows]
            for hop, rows in self.points.items()
        }
        self.assertAlmostEqual(tool.leave_one_out(outlier)["mae_ms"], 1000 / 60)


class Runs(unittest.TestCase):
    def test_slots_lie_on_the_grid_of_15_s_and_span_a_day(self):
        times = tool.slot_times("2026-09-15T00:00:12Z", 7)
        self.assertEqual({(time - times[0]).total_seconds() % 15 for time in times}, {0.0})
        self.assertEqual(len(set(times)), 7)
        self.assertGreater((times[-1] - times[0]).total_seconds(), 20 * 3600)

    def test_each_table_of_the_configuration_appears_once(self):
        self.assertEqual(
            tool.configuration("latency.laser_hop_ms", 0.5),
            '[slot]\nscope = "inhabited"\n[latency]\naccess_ms = 0.0\nlaser_hop_ms = 0.5\n',
        )
        self.assertIn("[gateway]\nfibre_detour = 1.5\n", tool.configuration("gateway.fibre_detour", 1.5))

    def test_the_document_names_no_country(self):
        points = {value: [(f"C{n:02}", 7.0 + n, 25.0 + n + n % 3) for n in range(40)] for value in (0.0, 0.5)}
        options = SimpleNamespace(slots=8, start="2026-09-15T00:00:12Z", elements="preset:x", countries=False)
        text = tool.document({key: points for key in tool.SECOND}, 42, options)
        self.assertIn("40 of the 42 measured countries", text)
        for code, _, _ in points[0.0]:
            self.assertNotIn(code, text)


if __name__ == "__main__":
    unittest.main()
