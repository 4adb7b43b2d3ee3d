//! The same inputs give the same run: natively and in the browser, live and replayed, and after any wandering in time.
//!
//! Why: rewinding, share links and failing seeds all rest on it. One run that differs by one fact makes each of them a lie.

use kafka_playground::lab::{Lab, golden};
use kafka_playground::sim::{EPOCH, MILLISECOND, Micros, SECOND};
use kafka_playground::world::World;
use kafka_playground::world::canon;
use kafka_playground::world::command::Command;

fn command(line: &str) -> Command {
    Command::parse_line(line).expect("a line that reads").expect("a command")
}

/// Everything a world is, private state too.
fn whole(world: &World) -> u64 {
    canon::fnv1a(format!("{world:?}").as_bytes())
}

/// A laboratory with some seconds of life in it: load, a crash, a cut, a rebalance.
fn lived() -> Lab {
    let mut lab = Lab::new();
    let lines = [
        (0, "cluster brokers=3 seed=11 broker.session.timeout.ms=3000 replica.lag.time.max.ms=3000"),
        (3_000, "topic orders partitions=4 replication=3 min.insync.replicas=2"),
        (4_000, "producer p1"),
        (4_000, "consumer c1 topics=orders group=g"),
        (4_500, "rate p1 orders 20/s key=a"),
        (8_000, "kill 2"),
        (8_000, "consumer c2 topics=orders group=g"),
        (12_000, "cut 1 3"),
        (16_000, "heal"),
        (17_000, "start 2"),
        (20_000, "pause 3"),
        (22_000, "resume 3"),
    ];
    for (at_ms, line) in lines {
        lab.seek(EPOCH + at_ms * MILLISECOND);
        lab.apply(&command(line)).expect("a command that makes sense");
    }
    lab.seek(EPOCH + 30 * SECOND);
    lab
}

/// The recording of `lab` played from the beginning to `at`.
fn replayed(lab: &Lab, at: Micros) -> Lab {
    let mut fresh = Lab::new();
    for recorded in lab.commands().iter().filter(|r| r.at <= at) {
        fresh.seek(recorded.at);
        fresh.apply(&recorded.command).expect("a recorded command");
    }
    fresh.seek(at);
    fresh
}

// The page computes this very number in wasm; a share link shows the same run to everybody only if they agree.
#[test]
fn the_golden_run_is_the_same_everywhere() {
    let world = golden::golden_world().expect("the golden run comes to its end");
    assert!(world.step > 20_000, "a long run: {} steps", world.step);
    assert_eq!(canon::fingerprint(&world), golden::golden_run(), "the same twice");
    assert_eq!(
        golden::golden_run(),
        golden::GOLDEN,
        "the run is another one: if the rules or the lines changed, GOLDEN is now 0x{:016x}",
        golden::golden_run()
    );
}

// A fingerprint that sees nothing would hold for every run.
#[test]
fn the_fingerprint_tells_runs_apart() {
    let mut lab = lived();
    let before = canon::fingerprint(lab.world());
    assert!(lab.step());
    assert_ne!(before, canon::fingerprint(lab.world()));
}

// The playhead may go anywhere by any way: what it shows there is what happened there.
#[test]
fn seeking_anywhere_equals_a_replay() {
    let mut lab = lived();
    let end = (lab.now(), whole(lab.world()), lab.all_facts().clone());
    let instants: Vec<Micros> = [25_000, 4_200, 9_000, 8_000, 19_999, 0, 16_000, 27_345, 12_001].map(|ms| EPOCH + ms * MILLISECOND).into();
    for at in instants {
        lab.seek(at);
        let fresh = replayed(&lab, at);
        assert_eq!(lab.now(), at);
        assert_eq!((lab.world().step, lab.applied()), (fresh.world().step, fresh.applied()), "at {at}");
        assert_eq!(whole(lab.world()), whole(fresh.world()), "the world at {at}");
        assert!(lab.all_facts().iter().take(lab.happened()).eq(fresh.all_facts()), "the facts up to {at}");
    }
    lab.seek(end.0);
    assert_eq!(whole(lab.world()), end.1, "the end, after all the wandering");
    assert_eq!(*lab.all_facts(), end.2, "no fact twice, none lost");
}

// The step button backwards must undo exactly one step forwards, over commands too.
#[test]
fn a_step_back_and_forth_changes_nothing() {
    let mut lab = lived();
    lab.seek(EPOCH + 12_010 * MILLISECOND);
    let mut seen = Vec::new();
    for _ in 0..300 {
        seen.push((lab.world().step, lab.applied(), whole(lab.world())));
        assert!(lab.step());
    }
    for (step, applied, hash) in seen.iter().rev() {
        lab.step_back();
        assert_eq!((lab.world().step, lab.applied()), (*step, *applied));
        if *step != seen[0].0 {
            assert_eq!(whole(lab.world()), *hash, "step {step}");
        }
    }
    lab.seek(EPOCH + 8 * SECOND);
    let (applied, step) = (lab.applied(), lab.world().step);
    lab.step_back();
    assert_eq!((lab.applied(), lab.world().step), (applied - 1, step), "a command is taken back by itself");
    assert!(lab.step());
    assert_eq!((lab.applied(), lab.world().step), (applied, step));
}

// "What if" must never cost a person what they had.
#[test]
fn acting_in_the_past_leaves_the_old_run_intact() {
    let mut lab = lived();
    let old = (lab.now(), whole(lab.world()), lab.all_facts().clone(), lab.commands().to_vec());
    lab.seek(EPOCH + 10 * SECOND);
    assert!(lab.is_in_past());
    lab.apply(&command("kill 1")).expect("a command");
    assert!(!lab.is_in_past(), "a new run begins here");
    assert_eq!(lab.end_at(), lab.now());
    lab.seek(EPOCH + 25 * SECOND);
    assert_ne!(whole(lab.world()), old.1);
    let new = (lab.now(), whole(lab.world()), lab.all_facts().clone());
    assert_eq!(new.1, whole(replayed(&lab, lab.now()).world()));

    assert!(lab.return_to_other_run());
    assert_eq!((lab.commands(), lab.all_facts()), (&old.3[..], &old.2));
    lab.seek(old.0);
    assert_eq!(whole(lab.world()), old.1);

    assert!(lab.return_to_other_run(), "and back again");
    lab.seek(new.0);
    assert_eq!((whole(lab.world()), lab.all_facts()), (new.1, &new.2));
}

// A refused command is no act: it may not begin a new run, nor leave a trace in the recording.
#[test]
fn a_refused_command_changes_nothing() {
    let mut lab = lived();
    lab.seek(EPOCH + 10 * SECOND);
    let before = (whole(lab.world()), lab.commands().len(), lab.end_at());
    for line in ["kill 9", "start 1", "producer c1", "seek nobody orders-0 1", "cluster brokers=2", "begin p1", "lose-dir 1 nowhere"] {
        lab.apply(&command(line)).expect_err("no sense here");
    }
    assert_eq!((whole(lab.world()), lab.commands().len(), lab.end_at()), before);
    assert!(lab.is_in_past() && !lab.can_return());
}

// Undo takes back the last act, and the world is as if it had never been given.
#[test]
fn undo_takes_back_the_last_act() {
    let mut lab = lived();
    let at = EPOCH + 22 * SECOND;
    assert_eq!(lab.undo(0).as_deref(), Some(&command("resume 3")));
    assert_eq!(lab.now(), at);
    assert_eq!(lab.commands().len(), 11);
    assert_eq!(whole(lab.world()), whole(replayed(&lab, at).world()));
    lab.seek(EPOCH + 30 * SECOND);
    assert_eq!(whole(lab.world()), whole(replayed(&lab, lab.now()).world()));
    assert_eq!(lab.undo(0).as_deref(), Some(&command("pause 3")));
    assert_eq!(lab.undo(10), None, "what made the scene stays");
}
