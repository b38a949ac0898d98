//! Whoever owns the log's key, the web server or a few people, and wants to change what is served.

use std::sync::atomic::Ordering;

use skyshed_log::{CosignError, Cosigner, Sequencer, Submission};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf;
use skyshed_records::record::*;
use skyshed_tlog::append::Appender;
use skyshed_tlog::error::LogError;
use skyshed_tlog::merkle::prove_consistency;
use skyshed_tlog::read::{CHECKPOINT, Hashes, PENDING};
use skyshed_tlog::{Checkpoint, FileError, Note, ReadFiles, SigningKey};

use super::DAY;
use super::enforcer::Served;
use super::people::{ENFORCERS, Generations, TERRITORIES, policy};
use super::witness::Witness;
use super::world::World;
use crate::common::scene::log_key;
use crate::common::sim::SimFiles;

impl World {
    pub fn attack(&mut self) {
        self.tally.attacks += 1;
        match self.dice.place(8) {
            0 => self.edit_a_file(),
            1 => self.set_back(),
            2 | 3 => self.write_past_the_door(),
            4 => self.too_few(),
            _ => self.fork(),
        }
    }

    /// The web server serves a file with one bit flipped.
    fn edit_a_file(&mut self) {
        let files = self.files.clone();
        let mut paths = files.list("tile").unwrap().unwrap();
        paths.push(CHECKPOINT.into());
        for _ in 0..4 {
            let path = paths[self.dice.place(paths.len())].clone();
            let Some(mut bytes) = files.read(&path).unwrap().filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            let at = self.dice.place(bytes.len());
            bytes[at] ^= 1 << self.dice.place(8);
            let place = self.dice.place(ENFORCERS.len());
            self.look_at(place, &Served::Changed(&files, path, Some(bytes)));
        }
    }

    /// The web server serves an earlier state of the log.
    fn set_back(&mut self) {
        let earlier = self.earlier[self.dice.place(self.earlier.len())].1.clone();
        let files = self.files.clone();
        let place = self.dice.place(ENFORCERS.len());
        self.look_at(place, &Served::Changed(&files, CHECKPOINT.into(), Some(earlier)));
    }

    /// Three approve, of two organisations; one of them twice, and in another's name.
    fn too_few(&mut self) {
        let territory = self.dice.pick(&TERRITORIES);
        if ["office@regulator", "one@regulator", "two@regulator", "desk@operator"]
            .iter()
            .any(|id| self.key(id).is_none())
        {
            return;
        }
        let (body, hash) = self.request(territory, "office@regulator", false);
        let asked = self.sign(&body, &["office@regulator"]);
        self.unwanted.push(hash);
        self.submit(vec![asked]);
        for by in ["one@regulator", "two@regulator", "desk@operator", "one@regulator"] {
            let leaf = self.approval(hash, by, Verdict::Approve);
            self.submit(vec![leaf.clone()]);
            self.submit(vec![leaf]);
        }
        let forged = self.forged_approval(hash);
        let refused = self.tally.refused;
        self.submit(vec![forged]);
        assert_eq!(self.tally.refused, refused + 1, "an approval in another's name");
    }

    fn forged_approval(&mut self, request: Digest) -> Vec<u8> {
        let body = Approval {
            requests: vec![request],
            verdict: Verdict::Approve,
            statement: format!("in another's name {}", self.time()),
            approver: "one@ngo".into(),
        };
        self.sign_with(&body.into(), &[("one@ngo", PrivateKey::from_seed([250; 32]))])
    }

    /// The operator writes to the log what its door refuses: each such record is flagged and has no effect.
    fn write_past_the_door(&mut self) {
        let leaves = self.nonsense();
        self.close();
        let first = self.real.size();
        inject(&self.files, &leaves, self.time());
        self.injected.extend(first..first + leaves.len() as u64);
        self.reopen();
    }

    fn nonsense(&mut self) -> Vec<Vec<u8>> {
        let mut leaves = vec![format!("no record {}", self.time()).into_bytes(), self.real.leaves[0].clone()];
        // Replays.
        let signed: Vec<usize> =
            (1..self.real.leaves.len()).filter(|&at| !self.real.signers(at as u64).is_empty()).collect();
        for _ in 0..2 {
            leaves.push(self.real.leaves[signed[self.dice.place(signed.len())]].clone());
        }
        let (_, unknown) = self.request("T1", "desk@operator", false);
        leaves.push(self.forged_approval(unknown));
        leaves.push(self.decision_out_of_nothing(unknown));
        leaves.extend(self.false_witnesses());
        // A policy by one person, for one person.
        let view = self.log().ledger().at(Time(self.time()));
        let in_force = view.policy().unwrap();
        let mut easy = policy(in_force.policy.version + 1, Some(in_force.sha256), &Generations::new());
        easy.rotation = Quorum { persons: 1, organisations: 1 };
        easy.rule.quorum = easy.rotation;
        let operator = easy.principals["desk@operator"].keys.clone();
        easy.principals.retain(|id, _| id == "desk@operator");
        assert_eq!(operator.len(), 1);
        leaves.push(self.sign(&easy.into(), &["desk@operator"]));
        leaves
    }

    fn decision_out_of_nothing(&mut self, unknown: Digest) -> Vec<u8> {
        let view = self.log().ledger().at(Time(self.time()));
        let known = view.requests().last().map(|asked| (asked.sha256, asked.index));
        let (request, request_index) = known.unwrap_or((unknown, 1));
        let now = Time(self.time());
        let decision = Decision {
            request,
            request_index,
            approvals: vec![1, 2, 3],
            policy_version: 1,
            quorum_at: Time(now.0 - 2 * DAY),
            effective_from: now,
            effective_until: None,
        };
        leaf::write(&decision.into(), &[]).unwrap()
    }

    /// A stranger who calls itself a witness, and a witness's own words with another time.
    fn false_witnesses(&mut self) -> Vec<Vec<u8>> {
        let Some(bytes) = self.files.read(CHECKPOINT).unwrap() else { return Vec::new() };
        let note = Note::parse(&bytes).unwrap();
        let (log, cosigned): (Vec<_>, Vec<_>) =
            note.signatures.iter().cloned().partition(|signature| self.logs[0].made(signature));
        let stranger =
            SigningKey::from_seed("witness0.example", skyshed_tlog::Algorithm::CosignatureEd25519, &[9; 32]);
        let stranger = stranger.unwrap().sign(&note.text, (self.time() + 30 * DAY) as u64).unwrap();
        let mut later = cosigned[0].clone();
        let stated = u64::from_be_bytes(later.bytes[..8].try_into().unwrap()) + DAY as u64;
        later.bytes[..8].copy_from_slice(&stated.to_be_bytes());
        let record = |more| {
            let note =
                Note { text: note.text.clone(), signatures: log.iter().cloned().chain([more]).collect() };
            leaf::write(&Witnessed { checkpoint: note.to_string() }.into(), &[]).unwrap()
        };
        vec![record(stranger), record(later)]
    }

    /// Another history, from an earlier state on: signed by the log alone, with one witness who colludes, or with a quorum of them.
    fn fork(&mut self) {
        if self.forks.is_empty() || self.dice.percent(60) {
            let Some(files) = self.another_history() else { return };
            self.forks.push(files);
        }
        let files = self.forks[self.dice.place(self.forks.len())].clone();
        let place = self.dice.place(ENFORCERS.len());
        let mut note = Note::parse(&files.read(CHECKPOINT).unwrap().unwrap()).unwrap();
        let cosigned = note.signatures.iter_mut().find(|signature| !self.logs[0].made(signature));
        match cosigned {
            None => self.tally.bare_forks += 1,
            Some(signature) if self.dice.percent(30) => {
                self.tally.spoiled_forks += 1;
                *signature.bytes.last_mut().unwrap() ^= 1;
                let spoiled = Some(note.to_string().into_bytes());
                return self.look_at(place, &Served::Changed(&files, CHECKPOINT.into(), spoiled));
            }
            Some(_) => {}
        }
        self.look_at(place, &Served::Log(&files));
    }

    fn another_history(&mut self) -> Option<SimFiles> {
        self.submit(Vec::new());
        let older: Vec<_> = self.earlier.iter().filter(|(size, _)| *size < self.real.size()).collect();
        let recent = older.len().saturating_sub(6);
        let earlier = older.get(recent + self.dice.place(older.len().clamp(1, 6)))?.1.clone();
        let files = self.files.copy();
        files.edit(CHECKPOINT, Some(earlier));
        files.edit(PENDING, None);
        let attest = Attest {
            by: "desk@operator".into(),
            from: Time(self.time() - DAY),
            until: Time(self.time()),
            statement: format!("nothing happened {}", self.dice.roll()),
        };
        let leaf = self.sign(&attest.into(), &["desk@operator"]);
        inject(&files, &[leaf], self.time());
        self.ask_honest_witnesses(&files);
        let quorum = self.truth.lock().unwrap().quorum;
        let colluding = self.dice.pick(&[0, 1, quorum]);
        if colluding == 0 {
            let pending = files.read(PENDING).unwrap();
            files.edit(CHECKPOINT, pending);
            return Some(files);
        }
        let colluding: Vec<Witness> = (0..colluding).map(|place| self.forgetful(place)).collect();
        let mut log = Sequencer::open(files.clone(), self.means_with(&colluding)).unwrap();
        log.publish().unwrap();
        Some(files)
    }

    /// Witnesses who remember refuse.
    fn ask_honest_witnesses(&mut self, files: &SimFiles) {
        let note = Note::parse(&files.read(PENDING).unwrap().unwrap()).unwrap();
        let checkpoint = Checkpoint::parse(&note.text).unwrap();
        let prove = |old| {
            let hashes = Hashes::new(files, checkpoint.size);
            let path = prove_consistency(old, checkpoint.size, |level, index| hashes.subtree(level, index));
            path.map_err(|error: LogError| FileError { path: "tile".into(), reason: error.to_string() })
        };
        let submission = Submission { note: &note, checkpoint: &checkpoint, prove: &prove };
        for witness in &mut self.witnesses {
            if !witness.dead.load(Ordering::SeqCst) {
                let answer = witness.cosign(&submission);
                assert!(
                    matches!(answer, Err(CosignError::Conflict { .. } | CosignError::Proof(_))),
                    "{answer:?}"
                );
                self.tally.witness_refusals += 1;
            }
        }
    }

    /// A witness that has forgotten what it saw.
    fn forgetful(&self, place: usize) -> Witness {
        let skew_s = self.witnesses[place].skew_s.load(Ordering::SeqCst);
        Witness::new(self.witness_key(place), &log_key(), self.now.clone(), skew_s, self.truth.clone())
    }
}

/// Writes to a log with its key, past its door.
fn inject(files: &SimFiles, leaves: &[Vec<u8>], now: i64) {
    let key = log_key();
    let mut appender = Appender::open(files.clone(), &[key.verifier().clone()]).unwrap();
    let staged: Checkpoint = appender.stage(leaves).unwrap();
    let note = staged.sign(&[key], now as u64).unwrap();
    appender.commit(&note.to_string()).unwrap();
}
