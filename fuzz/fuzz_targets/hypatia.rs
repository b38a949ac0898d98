//! Any texts as a folder of Hypatia's, one after the other with a line `=====` between: a case that is accepted has
//! every way no shorter than the straight line, and a forwarding state that is accepted is written and read back alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_exchange::hypatia::{Case, Convention, Forwarding, LIGHT_M_S, Texts, forwarding, own, report};

fuzz_target!(|text: &str| {
    let mut parts = text.split("=====\n").map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let texts = Texts {
        tles: next(),
        isls: next(),
        ground_stations: next(),
        gsl_interfaces_info: next(),
        description: next(),
    };
    let (states, bandwidth) = ([next(), next()], next());
    let (notes, satellites) = (next(), next());
    let ours = own::read_convention(&notes, &satellites).unwrap_or(Convention::Hypatia);
    let Ok(case) = Case::read(&texts, ours) else { return };
    let _ = forwarding::check_bandwidth(&case, "gsl_if_bandwidth_0.txt", &bandwidth);
    // Large cases are legal and slow.
    if case.satellites() > 200 || case.stations.len() > 20 {
        return;
    }
    let Ok(ways) = case.ways(1_500_000_000) else { return };
    for (from, to) in
        (0..case.stations.len()).flat_map(|from| (0..case.stations.len()).map(move |to| (from, to)))
    {
        if let Some(rtt_ms) = ways.rtt_ms(from, to).filter(|_| from != to) {
            assert!(rtt_ms + 1e-6 >= 2e3 * case.straight_m(from, to) / LIGHT_M_S);
        }
    }
    let mut before: Option<Forwarding> = None;
    for text in &states {
        let Ok((state, rows)) = Forwarding::read(&case, "fstate", text, before.clone()) else { return };
        let (written, _) = state.write(&case, None);
        let written = String::from_utf8(written).expect("digits and commas");
        let (read, _) = Forwarding::read(&case, "again", &written, None).expect("what is written is read");
        assert!(read == state);
        let found = report::step(&case, &ways, &state, rows);
        assert!(found.differences.ties + found.differences.others <= found.differences.rows);
        before = Some(state);
    }
});
