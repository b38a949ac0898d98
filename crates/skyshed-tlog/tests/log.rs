//! A whole log in memory: what was appended is read, proved and audited; whatever is changed is found.

mod common;

use common::{
    Memory, ORIGIN, Unlisted, cosigned, entry, key, log, log_key, policy, policy_text, witness_keys,
};
use proptest::prelude::*;
use skyshed_tlog::audit::{Report, audit, check_bundle, check_earlier_form, check_tile};
use skyshed_tlog::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use skyshed_tlog::policy::PolicyError;
use skyshed_tlog::proof::ProofFileError;
use skyshed_tlog::read::{self, read_hashes};
use skyshed_tlog::tile::{Row, Tile, WIDTH, subtree_root, tiles};
use skyshed_tlog::witness::{Answer, Request, WitnessError};
use skyshed_tlog::{
    Algorithm, Appender, Checkpoint, LogError, Note, NoteError, Policy, Proof, ReadFiles, WriteFiles,
};

#[test]
fn what_was_appended_is_audited_and_proved() {
    let files = log(&[1, 2, 250, 10, 0, 600]);
    let mut seen = 0;
    let report = audit(&files, &policy(), |number, leaf| {
        assert_eq!((number, leaf), (seen, &entry(seen)[..]));
        seen += 1;
    });
    let report = report.unwrap();
    assert_eq!((seen, report.leaves, report.listed), (863, 863, true));
    assert!(report.witnessed.quorum && report.witnessed.strangers.is_empty());
    let checkpoint = &report.witnessed.checkpoint;
    for index in (0..863).step_by(7) {
        let (leaf, path) = read::prove_inclusion(&files, checkpoint, index).unwrap();
        assert_eq!(leaf, entry(index));
        verify_inclusion(&leaf_hash(&leaf), index, 863, &path, &checkpoint.root).unwrap();
    }
    for old in [0, 1, 2, 255, 256, 257, 512, 700, 863] {
        let (root, path) = read::prove_consistency(&files, old, checkpoint).unwrap();
        verify_consistency((old, &root), (863, &checkpoint.root), &path).unwrap();
    }
    assert!(matches!(read::prove_inclusion(&files, checkpoint, 863), Err(LogError::Proof(_))));
    assert!(matches!(read::prove_consistency(&files, 864, checkpoint), Err(LogError::Proof(_))));
}

#[test]
fn a_tree_of_three_levels_is_written_as_the_specification_counts_it() {
    let files = log(&[65_000, 5_000]);
    let paths = files.paths();
    for path in
        ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"]
    {
        assert!(paths.contains(&path.to_owned()), "{path}");
    }
    // The partial tiles that grew full are gone, and so is the pending checkpoint.
    assert_eq!(paths.len(), 2 * (273 + 1) + 2 + 1 + 1, "{paths:?}");
    assert_eq!(audit(&files, &policy(), |_, _| ()).unwrap().leaves, 70_000);
}

#[test]
fn one_proof_file_is_enough() {
    let files = log(&[300]);
    let checkpoint = String::from_utf8(files.read("checkpoint").unwrap().unwrap()).unwrap();
    let opened = policy().check(checkpoint.as_bytes()).unwrap();
    let (leaf, path) = read::prove_inclusion(&files, &opened.checkpoint, 299).unwrap();
    let text = Proof { extra: None, index: 299, path, checkpoint }.text();
    let proof = Proof::parse(text.as_bytes()).unwrap();
    let witnessed = proof.verify(&leaf, &policy()).unwrap();
    assert_eq!(witnessed.seen.iter().map(|seen| seen.time_unix_s).collect::<Vec<_>>(), [common::TIME; 3]);
    assert!(matches!(proof.verify(b"another", &policy()), Err(ProofFileError::Inclusion(_))));
    // Every byte counts: what still parses and verifies has lost a witness's line to a name nobody knows.
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        let verified = Proof::parse(&changed).and_then(|proof| proof.verify(&leaf, &policy()));
        assert!(verified.is_err() || verified.is_ok_and(|it| it.strangers.len() == 1), "byte {at}");
    }
}

/// Every byte of every file of a small log, with partial tiles of earlier sizes and a checkpoint that is not public yet.
#[test]
fn every_flipped_byte_of_a_small_log_is_found() {
    let files = log(&[3, 2, 4]);
    let mut appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
    let staged = appender.stage(&[b"one more"]).unwrap();
    appender.commit(&signed(&staged)).unwrap();
    assert_eq!(audit(&files, &policy(), |_, _| ()).unwrap().leaves, 10);
    let mut flips = 0;
    for path in files.paths() {
        for byte in 0..files.read(&path).unwrap().unwrap().len() {
            let bit = (byte + flips) as u32 % 8;
            files.flip(&path, byte, bit);
            assert!(is_found(audit(&files, &policy(), |_, _| ())), "{path} byte {byte} bit {bit}");
            files.flip(&path, byte, bit);
            flips += 1;
        }
    }
    println!("{flips} flips in {} files, all found", files.paths().len());
    assert!(flips > 5_000);
}

/// 100,000 random flips in a log of 66,000 leaves. Of the audit, only the check that reads the file which was flipped is
/// made anew: the files of a log are checked one by one, each against those below it, and the rest is as it was.
#[test]
fn random_flips_of_a_large_log_are_found() {
    let size = 66_000;
    let files = log(&[size - 100, 10, 50, 40]);
    let paths = files.paths();
    let lengths = paths.iter().map(|path| files.read(path).unwrap().unwrap().len()).collect::<Vec<_>>();
    let roots = tile_roots(&files, size);
    let mut random = Random(7);
    let mut kinds = [0; 4];
    for round in 0..100_000 {
        // Half of the flips by bytes, half by files, so that small files are hit too.
        let at = if round % 2 == 0 { random.below(paths.len()) } else { by_bytes(&lengths, &mut random) };
        let (path, byte, bit) = (&paths[at], random.below(lengths[at]), random.below(8) as u32);
        files.flip(path, byte, bit);
        let (kind, found) = match Tile::parse(path) {
            None => (
                0,
                !policy().check(&files.read(path).unwrap().unwrap()).is_ok_and(|it| it.strangers.is_empty()),
            ),
            Some(tile) if Tile::of_tree(tile.row, tile.index, size) != Some(tile) => {
                (1, check_earlier_form(&files, tile, size).is_err())
            }
            Some(Tile { row: Row::Entries | Row::Hashes(0), index, .. }) => {
                (2, check_bundle(&files, index, size).is_err())
            }
            Some(Tile { row: Row::Hashes(level), index, .. }) => {
                let below = &roots[usize::from(level) - 1];
                let below = below.chunks(WIDTH as usize).nth(index as usize).unwrap();
                (3, check_tile(&files, level, index, size, below).is_err())
            }
        };
        assert!(found, "{path} byte {byte} bit {bit}");
        kinds[kind] += 1;
        files.flip(path, byte, bit);
    }
    println!("flips found in checkpoint, partial tiles, bundles and leaf hashes, upper tiles: {kinds:?}");
    assert!(kinds.iter().all(|&count| count > 50), "{kinds:?}");
    assert_eq!(audit(&files, &policy(), |_, _| ()).unwrap().leaves, size);
}

#[test]
fn missing_and_foreign_files_are_found() {
    let whole = log(&[5, 255]);
    for path in whole.paths() {
        let files = whole.clone();
        files.remove(&path).unwrap();
        let wanted =
            Tile::parse(&path).is_none_or(|tile| Tile::of_tree(tile.row, tile.index, 260) == Some(tile));
        assert_eq!(audit(&files, &policy(), |_, _| ()).is_err(), wanted, "{path}");
    }
    for path in ["tile/0/002", "tile/0/001.p/5", "tile/junk", "tile/entries/000.tmp"] {
        let files = whole.clone();
        put(&files, path, &[0; 160]);
        assert!(matches!(audit(&files, &policy(), |_, _| ()), Err(LogError::Stray { .. })), "{path}");
        assert!(!audit(&Unlisted(&files), &policy(), |_, _| ()).unwrap().listed);
    }
    assert!(matches!(audit(&Memory::default(), &policy(), |_, _| ()), Err(LogError::NoCheckpoint)));
}

/// Leaves behind the last one, with their hashes, so that bundle and tile fit each other: no checkpoint speaks of them.
#[test]
fn leaves_slipped_in_behind_the_last_one_are_found() {
    let files = log(&[5]);
    let mut bundle = files.read("tile/entries/000.p/5").unwrap().unwrap();
    skyshed_tlog::tile::push_entry(&mut bundle, b"slipped in").unwrap();
    let hashes = [files.read("tile/0/000.p/5").unwrap().unwrap(), leaf_hash(b"slipped in").to_vec()].concat();
    put(&files, "tile/entries/000.p/5", &bundle);
    put(&files, "tile/0/000.p/5", &hashes);
    let mut visited = 0;
    let error = audit(&files, &policy(), |_, _| visited += 1).unwrap_err();
    assert!(matches!(error, LogError::Form { width: 5, .. }) && visited == 0, "{error}");
}

#[test]
fn opening_removes_what_no_checkpoint_covers() {
    let files = log(&[300]);
    let before = files.paths();
    let mut cut_short = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
    cut_short.stage(&(0..700).map(entry).collect::<Vec<_>>()).unwrap();
    drop(cut_short);
    assert!(matches!(audit(&files, &policy(), |_, _| ()), Err(LogError::Stray { .. })));
    let appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
    assert_eq!((appender.checkpoint().size, files.paths()), (300, before));
    audit(&files, &policy(), |_, _| ()).unwrap();
}

#[test]
fn staging_again_takes_back_what_was_staged() {
    let files = log(&[10]);
    let mut appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
    appender.stage(&[b"dropped", b"dropped"]).unwrap();
    let staged = appender.stage(&[entry(10)]).unwrap();
    appender.publish(&cosigned(&staged.text())).unwrap();
    let staged = appender.stage(&(11..30).map(entry).collect::<Vec<_>>()).unwrap();
    appender.publish(&cosigned(&staged.text())).unwrap();
    let mut next = 0;
    let report = audit(&files, &policy(), |_, leaf| {
        assert_eq!(leaf, entry(next));
        next += 1;
    });
    assert_eq!(report.unwrap().leaves, 30);
}

#[test]
fn only_the_staged_tree_can_be_published() {
    let files = log(&[10]);
    let before = files.paths();
    let mut appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
    let now = appender.checkpoint();
    let not_staged = |checkpoint: &Checkpoint, appender: &mut Appender<&Memory>| {
        let error = appender.publish(&cosigned(&checkpoint.text())).unwrap_err();
        assert!(matches!(error, LogError::NotStaged { .. }), "{error}");
    };
    not_staged(&Checkpoint { size: 11, ..now.clone() }, &mut appender);
    not_staged(&Checkpoint { root: [0; 32], ..now.clone() }, &mut appender);
    let foreign = Checkpoint { origin: "another.example/log".into(), ..now.clone() };
    let error = appender.publish(&cosigned(&foreign.text())).unwrap_err();
    assert!(matches!(error, LogError::Checkpoint { .. }), "{error}");
    let unsigned =
        Note { text: now.text(), signatures: vec![witness_keys()[0].sign(&now.text(), 1).unwrap()] };
    assert!(appender.publish(&unsigned.to_string()).is_err());
    assert!(appender.stage(&[vec![0; 65_536]]).is_err());
    assert_eq!(files.paths(), before);
    // The same tree may be published again, with newer cosignatures.
    appender.publish(&cosigned(&now.text())).unwrap();
    assert!(matches!(Appender::create(&files, ORIGIN, &[]), Err(LogError::Exists)));
    assert!(matches!(Appender::open(Memory::default(), &[]), Err(LogError::NoCheckpoint)));
}

#[test]
fn entries_of_every_length_fit() {
    let files = Memory::default();
    let mut appender = Appender::create(&files, ORIGIN, &[log_key().verifier().clone()]).unwrap();
    let entries = [vec![], vec![0; 65_535], vec![1], vec![]];
    let staged = appender.stage(&entries).unwrap();
    appender.publish(&cosigned(&staged.text())).unwrap();
    let mut read = Vec::new();
    audit(&files, &policy(), |_, leaf| read.push(leaf.to_vec())).unwrap();
    assert_eq!(read, entries);
}

#[test]
fn the_edge_must_fit_the_checkpoint_to_be_opened() {
    let whole = log(&[300]);
    for path in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44", "checkpoint"] {
        let files = whole.clone();
        files.flip(path, 40.min(files.read(path).unwrap().unwrap().len() - 1), 0);
        let before = files.files.borrow().clone();
        assert!(Appender::open(&files, &[log_key().verifier().clone()]).is_err(), "{path}");
        assert_eq!(*files.files.borrow(), before);
    }
    let other = key("another.example/log", Algorithm::Ed25519, 9);
    assert!(Appender::open(&whole, &[other.verifier().clone()]).is_err());
}

#[test]
fn witnesses_are_asked_and_answer() {
    let files = log(&[10, 20]);
    let opened = read::read_checkpoint(&files, "checkpoint", policy().log_keys()).unwrap().unwrap();
    let (_, path) = read::prove_consistency(&files, 10, &opened.checkpoint).unwrap();
    let request = Request { old_size: 10, path, checkpoint: signed(&opened.checkpoint) };
    assert_eq!(Request::parse(request.body().as_bytes()).unwrap(), request);
    let [a, b, _] = witness_keys();
    let text = opened.checkpoint.text();
    let lines = format!("{}\n{}\n", a.sign(&text, 5).unwrap(), b.sign(&text, 5).unwrap());
    let answer = request.answer(200, lines.as_bytes(), &[a.verifier().clone()]).unwrap();
    assert_eq!(answer, Answer::Cosigned(vec![a.sign(&text, 5).unwrap()]));
    let asked = |status, body: &str| request.answer(status, body.as_bytes(), &[a.verifier().clone()]);
    assert_eq!(asked(409, "30\n").unwrap(), Answer::OldSize(30));
    assert_eq!(asked(409, "10\n").unwrap_err(), WitnessError::Fork);
    assert_eq!(asked(409, "").unwrap_err(), WitnessError::Fork);
    assert!(matches!(asked(422, "no").unwrap_err(), WitnessError::Refused { status: 422, .. }));
    let other = format!("{}\n", a.sign(&text.replace("30", "31"), 5).unwrap());
    assert!(matches!(asked(200, &other).unwrap_err(), WitnessError::Answer(NoteError::BadSignature { .. })));
    for body in [
        "old 010\n\nx",
        "old 1\nAAAA\n\nx",
        "old 1\n",
        "new 1\n\nx",
        "old 0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx",
    ] {
        assert_eq!(Request::parse(body.as_bytes()).unwrap_err(), WitnessError::Request, "{body}");
    }
}

#[test]
fn policies_that_are_refused_say_why() {
    let [a, b, _] = witness_keys();
    let (a, b, log) = (a.verifier().to_string(), b.verifier().to_string(), log_key().verifier().to_string());
    let check = |text: &str, wanted: &str| {
        let error = Policy::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    };
    check("", "without a quorum");
    check("quorum x", "line 1: x is no witness or group");
    check("quorum none\nquorum none", "line 2: the quorum is given already");
    check(&format!("log {log}\nlog {log}\nquorum none"), "line 2: the public key of");
    check(&format!("log {a}\nquorum none"), "signs no checkpoints");
    check(&format!("witness w {log}\nquorum w"), "makes no cosignatures");
    check(&format!("witness w {a}\nwitness v {a}\nquorum w"), "stands on an earlier line");
    check(&format!("witness w {a}\nwitness w {b}\nquorum w"), "the name w is taken");
    check(&format!("witness none {a}\nquorum none"), "the name none is taken");
    check(
        &format!("witness w {a}\ngroup g 2 w\nquorum g"),
        "threshold 2; give all, any or a number from 1 to 1",
    );
    check(&format!("witness w {a}\ngroup g 0 w\nquorum g"), "threshold 0");
    check(&format!("witness w {a}\ngroup g +1 w\nquorum g"), "threshold +1");
    check(&format!("witness w {a}\ngroup g any none\nquorum g"), "none is no witness");
    check(&format!("witness w {a}\ngroup g any\nquorum g"), "line 2: \"group g any\" is not");
    check(&format!("witness w {a}\ngroup g any w w\nquorum g"), "w is a member of a group already");
    check(
        &format!("witness w {a}\ngroup g any w\ngroup h any w\nquorum h"),
        "w is a member of a group already",
    );
    check("quorum none\r\n", "control character 0x0d");
    check("quorum none\x7f\n", "control character 0x7f");
    check("witness w w+00000000+BAAA\nquorum w", "line 1: key of w");
    let fine = format!(
        "# \u{e9}\n \t# indented\nwitness \u{e9} {a} https://w.example/ \n\tgroup g any \u{e9}\nquorum g"
    );
    assert_eq!(
        Policy::parse(fine.as_bytes()).unwrap().witnesses[0].url.as_deref(),
        Some("https://w.example/")
    );
    assert!(Policy::parse(&[b"quorum none\n#".to_vec(), vec![0xff, 0x80]].concat()).is_ok());
}

/// What counts toward a quorum: one cosignature per witness, with a time, over this text.
#[test]
fn a_quorum_counts_witnesses_not_signatures() {
    let text = Checkpoint::new(ORIGIN, 0, skyshed_tlog::merkle::empty_root()).text();
    let [a, b, c] = witness_keys();
    let noted = |signatures: Vec<_>| {
        let signatures = std::iter::once(log_key().sign(&text, 0).unwrap()).chain(signatures).collect();
        policy().check(Note { text: text.clone(), signatures }.to_string().as_bytes())
    };
    let twice = noted(vec![a.sign(&text, 5).unwrap(), a.sign(&text, 6).unwrap()]).unwrap();
    assert!(!twice.quorum && twice.seen.len() == 1);
    // An ML-DSA-44 cosignature may have time 0: it states no time then, and does not count.
    let timeless = noted(vec![a.sign(&text, 5).unwrap(), c.sign(&text, 0).unwrap()]).unwrap();
    assert!(!timeless.quorum && timeless.seen.len() == 1);
    assert!(noted(vec![b.sign(&text, 5).unwrap(), c.sign(&text, 6).unwrap()]).unwrap().quorum);
    // A key with a witness's name is a stranger; a wrong signature under a witness's key spoils the note.
    let namesake = key("witness.example/b", Algorithm::CosignatureEd25519, 99);
    let strange = noted(vec![a.sign(&text, 5).unwrap(), namesake.sign(&text, 5).unwrap()]).unwrap();
    assert!(!strange.quorum && strange.strangers.len() == 1);
    let forged = skyshed_tlog::Signature { id: b.verifier().id(), ..namesake.sign(&text, 5).unwrap() };
    let error = noted(vec![a.sign(&text, 5).unwrap(), forged]).unwrap_err();
    assert!(
        matches!(error, PolicyError::Checkpoint(_)) && error.to_string().contains("does not fit"),
        "{error}"
    );
}

/// The time of an ML-DSA-44 cosignature and the name of its cosigner are signed.
#[test]
fn a_cosignature_is_bound_to_its_time_and_cosigner() {
    let text = Checkpoint::new(ORIGIN, 3, [5; 32]).text();
    for algorithm in [Algorithm::CosignatureEd25519, Algorithm::CosignatureMlDsa44] {
        let key = key("w", algorithm, 8);
        let good = key.sign(&text, 1_000).unwrap();
        let check = |text: &str, signature| {
            Note { text: text.to_owned(), signatures: vec![signature] }.verify([key.verifier()]).is_ok()
        };
        assert!(check(&text, good.clone()));
        assert!(!check(&text.replace('3', "4"), good.clone()));
        let mut later = good.clone();
        later.bytes[7] ^= 1;
        assert!(!check(&text, later));
        let mut cut = good.clone();
        cut.bytes.pop();
        assert!(!check(&text, cut));
        assert!(key.sign("not a checkpoint\n", 1).is_err() && key.sign(&text, u64::MAX).is_err());
    }
    let other = key("v", Algorithm::CosignatureMlDsa44, 8);
    let mut renamed = other.sign(&text, 1_000).unwrap();
    let key = key("w", Algorithm::CosignatureMlDsa44, 8);
    (renamed.name, renamed.id) = ("w".into(), key.verifier().id());
    assert!(Note { text, signatures: vec![renamed] }.verify([key.verifier()]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever pieces a log is appended, its files that a checkpoint asks for are the same.
    #[test]
    fn pieces_do_not_matter(batches in prop::collection::vec(0u64..400, 1..6)) {
        let size = batches.iter().sum::<u64>();
        let (pieces, whole) = (log(&batches), log(&[size]));
        for row in skyshed_tlog::tile::rows(size) {
            for tile in tiles(row, 0, size) {
                prop_assert_eq!(pieces.read(&tile.path()).unwrap(), whole.read(&tile.path()).unwrap());
            }
        }
        prop_assert_eq!(pieces.read("checkpoint").unwrap(), whole.read("checkpoint").unwrap());
        prop_assert_eq!(audit(&pieces, &policy(), |_, _| ()).unwrap().leaves, size);
    }

    /// Any bytes: no reader panics, and what is accepted is written back as the same bytes.
    #[test]
    fn readers_take_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..2000, text in ".*") {
        let sound = log(&[3]).read("checkpoint").unwrap().unwrap();
        let mut mixed = sound.clone();
        let at = at % mixed.len();
        mixed.splice(at..at, bytes.iter().copied());
        for bytes in [&bytes[..], &mixed, text.as_bytes()] {
            if let Ok(note) = Note::parse(bytes) { prop_assert_eq!(note.to_string().into_bytes(), bytes.to_vec()); }
            if let Ok(proof) = Proof::parse(bytes) { prop_assert_eq!(proof.text().into_bytes(), bytes.to_vec()); }
            if let Ok(request) = Request::parse(bytes) { prop_assert_eq!(request.body().into_bytes(), bytes.to_vec()); }
            let _ = Policy::parse(&[policy_text().as_bytes(), bytes].concat());
            let _ = skyshed_tlog::tile::entries(bytes);
        }
        let _ = (skyshed_tlog::VerifierKey::parse(&text), skyshed_tlog::SigningKey::parse(&text), Tile::parse(&text));
    }
}

/// An audit finds a change by failing, or by a signature of nobody's that was one of the policy's.
fn is_found(report: Result<Report, LogError>) -> bool {
    report.map_or(true, |report| {
        let pending = report.pending.as_ref().is_some_and(|pending| !pending.signers.strangers.is_empty());
        pending || !report.witnessed.strangers.is_empty()
    })
}

/// Signed by the log alone.
fn signed(checkpoint: &Checkpoint) -> String {
    checkpoint.sign(&[log_key()], 0).unwrap().to_string()
}

fn put(files: &Memory, path: &str, bytes: &[u8]) {
    files.stage(path, bytes).unwrap();
    files.publish(path).unwrap();
}

/// The roots of the full tiles of each level.
fn tile_roots(files: &Memory, size: u64) -> Vec<Vec<skyshed_tlog::Hash>> {
    let level = |level| {
        let full = tiles(Row::Hashes(level), 0, size).filter(Tile::is_full);
        full.map(|tile| subtree_root(&read_hashes(files, level, tile.index, size).unwrap())).collect()
    };
    vec![level(0), level(1)]
}

/// A file, the more likely the longer it is.
fn by_bytes(lengths: &[usize], random: &mut Random) -> usize {
    let mut byte = random.below(lengths.iter().sum());
    lengths
        .iter()
        .position(|&length| {
            byte < length || {
                byte -= length;
                false
            }
        })
        .unwrap()
}

/// A small generator (splitmix64), so that the flips are the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}
