//! The table, and the same as JSON.

use crate::measure::{Row, median};
use crate::scipy::Duel;

pub fn print(rows: &[Row], rounds: usize) {
    println!("unit U: crate sgp4, 10,000 satellites to one time, one thread; {rounds} rounds, in turn\n");
    println!("{:<58} {:>9} {:>9} {:>9} {:>11}", "", "U median", "U min", "U max", "ms median");
    for row in rows {
        let (low, high) = (row.units[0], row.units[row.units.len() - 1]);
        println!(
            "{:<58} {:>9.2} {:>9.2} {:>9.2} {:>11.2}",
            row.name,
            median(&row.units),
            low,
            high,
            median(&row.millis)
        );
    }
}

pub fn print_duels(duels: &[Duel], rounds: usize) {
    println!(
        "\nyardstick S: benches/forwarding.py (NumPy, SciPy, sgp4), the same steps, one thread; {rounds} rounds of 8 steps each, in turn\n"
    );
    println!("{:<58} {:>9} {:>9} {:>9} {:>11} {:>9}", "", "S / ours", "min", "max", "ms median", "S ms");
    for duel in duels {
        for (name, of) in [("next hops", &duel.hops), ("and interfaces", &duel.interfaces)] {
            println!(
                "{:<58} {:>9.1} {:>9.1} {:>9.1} {:>11.2} {:>9.1}",
                format!("{}: {name}", duel.name),
                median(&of.ratios),
                of.ratios[0],
                of.ratios[of.ratios.len() - 1],
                median(&of.millis),
                median(&duel.script_millis)
            );
        }
        println!(
            "    {} rows, {} differ, {} of these are no ties",
            duel.rows, duel.differing, duel.differing_in_length
        );
    }
}

pub fn json(rows: &[Row], duels: &[Duel], rounds: usize) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "name": row.name,
                "cells": row.cells,
                "units_median": median(&row.units),
                "units_min": row.units[0],
                "units_max": row.units[row.units.len() - 1],
            })
        })
        .collect();
    let duels: Vec<_> = duels
        .iter()
        .map(|duel| {
            serde_json::json!({
                "name": duel.name,
                "rows": duel.rows,
                "differing": duel.differing,
                "differing_in_length": duel.differing_in_length,
                "next_hops_ratio_median": median(&duel.hops.ratios),
                "next_hops_ratio_min": duel.hops.ratios[0],
                "interfaces_ratio_median": median(&duel.interfaces.ratios),
                "interfaces_ratio_min": duel.interfaces.ratios[0],
            })
        })
        .collect();
    let report = serde_json::json!({
        "unit": "crate sgp4, 10,000 satellites once, one thread",
        "rounds": rounds,
        "rows": rows,
        "scipy": duels,
    });
    format!("{report:#}\n")
}
