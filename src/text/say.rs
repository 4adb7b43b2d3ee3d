//! The page's sentences: one function each, typed by what it needs.

use super::rich::{Arg, Rich, fill};
use super::{Lang, Word, span};

fn say(lang: Lang, en: &'static str, ko: &'static str, args: &[Arg]) -> Rich {
    fill(lang.pick(en, ko), args)
}

/// Under the partition's heading: how reading the picture works.
pub fn how_to_read(lang: Lang) -> [Rich; 3] {
    [
        say(
            lang,
            "A %0 is cut into partitions, the columns. Each has a copy on several %1, the rows. One copy is the ",
            "%0|은 파티션(열)으로 나뉘고, 파티션마다 여러 %1(행)에 복제본이 있습니다. 쓰기는 모두 ",
            &[Arg::Name(lang.pick("topic", "토픽")), Arg::Name(lang.pick("brokers", "브로커"))],
        ),
        say(lang, ": it takes every write. ", "가 받고, ", &[]),
        say(lang, " fetch from it.", "는 리더에서 가져옵니다.", &[]),
    ]
}

/// Over a topic's columns: its shape.
pub fn topic_shape(lang: Lang, partitions: i64, replicas: i64) -> String {
    say(lang, "%0 partitions × %1 replicas", "파티션 %0개 × 복제본 %1개", &[Arg::Num(partitions), Arg::Num(replicas)]).text()
}

/// A broker's face: the partitions it leads, as `0, 3`.
pub fn leads(lang: Lang, list: &str) -> String {
    if list.is_empty() { lang.pick("leads none", "리더 없음").to_owned() } else { lang.pick("leads ", "리더: ").to_owned() + list }
}

/// The power button's name.
pub fn power_name(lang: Lang, broker: i32, is_running: bool) -> String {
    let (en, ko) = if is_running { ("Kill %0", "%0 끄기") } else { ("Start %0", "%0 켜기") };
    say(lang, en, ko, &[Arg::Broker(broker)]).text()
}

/// The Send button's name.
pub fn send_name(lang: Lang, producer: &str) -> String {
    say(lang, "Send (%0)", "보내기 (%0)", &[Arg::Name(producer)]).text()
}

/// The name of a button that selects.
pub fn select_name(lang: Lang, kind: Word, name: &str) -> String {
    kind.of(lang).to_owned() + " " + name
}

/// The controller's card: what it is and how far its metadata log reaches.
pub fn controller_line(lang: Lang, is_active: bool, offset: i64) -> String {
    let state = if is_active { Word::Active } else { Word::Follower };
    say(lang, "%0 · metadata %1", "%0 · 메타데이터 %1", &[Arg::Text(state.of(lang)), Arg::Num(offset)]).text()
}

/// ZooKeeper's card: who is the controller, and the number of the last change.
pub fn zookeeper_line(lang: Lang, controller: i32, zxid: i64) -> String {
    if controller < 0 {
        return say(lang, "no controller · zxid %0", "컨트롤러 없음 · zxid %0", &[Arg::Num(zxid)]).text();
    }
    say(lang, "controller %0 · zxid %1", "컨트롤러 %0 · zxid %1", &[Arg::Num(i64::from(controller)), Arg::Num(zxid)]).text()
}

/// How a key's partition was found: `murmur2(apple) = … mod 4 = 1`.
pub fn key_choice(key: &str, hash: i32, partitions: i32, partition: i32) -> String {
    "murmur2(".to_owned() + key + ") = " + &hash.to_string() + " mod " + &partitions.to_string() + " = " + &partition.to_string()
}

/// A replica's accessible name.
pub fn replica_name(
    lang: Lang,
    partition: &str,
    broker: i32,
    role: Word,
    log_end: i64,
    high_watermark: Option<i64>,
    in_isr: bool,
) -> String {
    let isr = if in_isr { Word::InIsr } else { Word::NotInIsr };
    let base = [
        Arg::Code(partition),
        Arg::Broker(broker),
        Arg::Text(role.of(lang)),
        Arg::Num(log_end),
        Arg::Num(high_watermark.unwrap_or(0)),
        Arg::Text(isr.of(lang)),
    ];
    let (en, ko) = match high_watermark {
        Some(_) => ("%0 on %1, %2, log end %3, high watermark %4, %5", "%1의 %0, %2, 로그 끝 %3, 하이 워터마크 %4, %5"),
        None => ("%0 on %1, %2, log end %3, %5", "%1의 %0, %2, 로그 끝 %3, %5"),
    };
    say(lang, en, ko, &base).text()
}

/// A lag's accessible name.
pub fn lag_name(lang: Lang, lag: i64) -> String {
    say(lang, "lag %0", "랙 %0", &[Arg::Num(lag)]).text()
}

/// Since when a leader leads.
pub fn leader_since(lang: Lang, clock: &str) -> String {
    say(lang, "leader since %0", "%0부터 리더", &[Arg::Text(clock)]).text()
}

/// What a follower asks for next.
pub fn follower_fetching(lang: Lang, offset: i64) -> String {
    say(lang, "follower, fetching %0", "팔로워, %0 가져오는 중", &[Arg::Num(offset)]).text()
}

/// What the high watermark waits for: these followers to fetch from this offset, whereupon it moves.
pub fn watermark_waits(lang: Lang, followers: &[i32], from: i64, to: i64) -> Rich {
    let names = broker_names(lang, followers);
    say(
        lang,
        "%0 to fetch from offset %2. Then %1 → %2.",
        "%0|이 오프셋 %2부터 가져가기를 기다립니다. 그러면 %1 → %2.",
        &[Arg::Code(&names), Arg::Num(from), Arg::Num(to)],
    )
}

/// The followers that are not in the ISR and what keeps a produce refused: fewer in sync than asked for.
pub fn too_few_in_sync(lang: Lang, in_sync: i64, min: i64) -> Rich {
    say(
        lang,
        "%0 in sync, `min.insync.replicas` asks for %1: acks=all is refused.",
        "ISR %0개, `min.insync.replicas`는 %1개: acks=all은 거부됩니다.",
        &[Arg::Num(in_sync), Arg::Num(min)],
    )
}

/// How many are in sync of how many asked for.
pub fn min_isr_of(lang: Lang, in_sync: usize, min: i32) -> String {
    say(lang, "%0 in sync, min %1", "ISR %0, 최소 %1", &[Arg::Num(in_sync as i64), Arg::Num(i64::from(min))]).text()
}

/// Whom a partition without a leader waits for.
pub fn waits_for_leader(lang: Lang, is_last_known: bool) -> &'static str {
    if is_last_known {
        lang.pick("Waits for its last known leader", "마지막 리더를 기다림")
    } else {
        lang.pick("Waits for who may lead", "리더가 될 복제본을 기다림")
    }
}

/// What will happen then, and what is at stake (`kafka-semantics` 5.6).
pub fn waits_for_leader_why(lang: Lang, heirs: &[i32], is_last_known: bool, at_stake: i64) -> Rich {
    let args = [Arg::Name(&broker_names(lang, heirs)), Arg::Num(at_stake)];
    match (heirs.is_empty(), is_last_known, at_stake) {
        (true, ..) => say(lang, "Nobody is known who may lead.", "리더가 될 수 있는 복제본이 없습니다.", &args),
        (_, true, 0) => say(
            lang,
            "Once %0 is unfenced it is elected, an unclean election whatever `unclean.leader.election.enable` says.",
            "%0|이 돌아오면 선출됩니다. `unclean.leader.election.enable`과 무관한 unclean 선출입니다.",
            &args,
        ),
        (_, true, _) => say(
            lang,
            "Once %0 is unfenced it is elected, an unclean election whatever `unclean.leader.election.enable` says. It lacks %1 acknowledged records.",
            "%0|이 돌아오면 선출됩니다. `unclean.leader.election.enable`과 무관한 unclean 선출이며, 확인된 레코드 %1개가 없습니다.",
            &args,
        ),
        (_, false, 0) => say(
            lang,
            "The first of %0 to be unfenced leads again; nothing acknowledged is lost.",
            "%0 중 먼저 돌아오는 쪽이 리더가 됩니다. 확인된 레코드는 잃지 않습니다.",
            &args,
        ),
        (_, false, _) => say(
            lang,
            "The first of %0 to be unfenced leads again; %1 acknowledged records are not in its log.",
            "%0 중 먼저 돌아오는 쪽이 리더가 됩니다. 확인된 레코드 %1개가 그 로그에 없습니다.",
            &args,
        ),
    }
}

/// How many acknowledged records are safe.
pub fn safe_records(lang: Lang, safe: i64, acknowledged: i64) -> Rich {
    if safe == acknowledged {
        say(lang, "%0 of %0 acknowledged records are safe", "확인된 레코드 %0개 모두 안전", &[Arg::Num(safe)])
    } else {
        say(
            lang,
            "%0 of %1 acknowledged records are lost",
            "확인된 레코드 %1개 중 %0개 유실",
            &[Arg::Num(acknowledged - safe), Arg::Num(acknowledged)],
        )
    }
}

/// What a fail-over did not lose.
pub fn acked_safe(lang: Lang, record: &str) -> String {
    say(lang, "%0 acked, safe", "%0 확인됨, 안전", &[Arg::Code(record)]).text()
}

/// A record's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Acknowledged and on every in-sync replica.
    Safe,
    /// Appended, not yet acknowledged.
    Pending,
    /// Acknowledged, and on no replica that may lead.
    Lost,
    /// Not acknowledged; the producer was told so.
    Refused,
}

/// The verdict in words.
pub fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Safe => lang.pick("Committed and safe", "커밋됨, 안전"),
        Verdict::Pending => lang.pick("Not yet committed", "아직 커밋 전"),
        Verdict::Lost => lang.pick("Lost after acknowledgement", "확인 후 유실"),
        Verdict::Refused => lang.pick("Never acknowledged", "확인되지 않음"),
    }
}

/// Brokers by name: `broker-1 and broker-3`.
pub fn broker_names(lang: Lang, brokers: &[i32]) -> String {
    let mut text = String::new();
    for (at, id) in brokers.iter().enumerate() {
        if at > 0 {
            text.push_str(if lang == Lang::En && at + 1 == brokers.len() { " and " } else { ", " });
        }
        text.push_str("broker-");
        text.push_str(&id.to_string());
    }
    text
}

/// The end of a new run's beginning: where it was cut off from.
pub fn forked(lang: Lang, clock: &str) -> Rich {
    say(
        lang,
        "A new run starts at %0; the old one is kept until the next.",
        "%0에서 새 실행이 시작됩니다. 이전 실행은 다음 분기까지 남습니다.",
        &[Arg::Text(clock)],
    )
}

/// What a rolling change does.
pub fn rolling(lang: Lang, name: &str) -> Rich {
    say(lang, "%0 is static: brokers restart one by one.", "%0|은 정적 설정이라 브로커를 하나씩 다시 시작합니다.", &[Arg::Code(name)])
}

/// What a client's change does.
pub fn reopened(lang: Lang, client: &str) -> Rich {
    say(lang, "%0 is closed and opened again with the new configuration.", "%0|을 닫고 새 설정으로 다시 엽니다.", &[Arg::Name(client)])
}

/// The time a message takes.
pub fn takes(lang: Lang, us: i64) -> String {
    say(lang, "takes %0", "%0 걸림", &[Arg::Text(&span(us))]).text()
}

/// A line that could not be read: what was found and what was expected.
pub fn bad_line(lang: Lang, found: &str, expected: &str) -> Rich {
    say(lang, "Found %0, expected %1.", "%0|이 있는데 %1|이 와야 합니다.", &[Arg::Code(found), Arg::Code(expected)])
}

/// How many facts there are beyond those shown.
pub fn earlier_facts(lang: Lang, count: i64) -> String {
    say(lang, "%0 earlier", "이전 %0건", &[Arg::Num(count)]).text()
}

/// What a metric counts and who counts it, by its place in `scene::metrics`.
pub fn metric_why(lang: Lang, metric: usize) -> &'static str {
    let (en, ko) = match metric {
        0 => (
            "Each broker counts the partitions it leads; here their sum. A leader without a process counts nothing.",
            "브로커마다 자신이 리더인 파티션을 셉니다. 여기는 합계이고, 죽은 리더는 세지 않습니다.",
        ),
        1 => (
            "Each broker counts the partitions it leads; here their sum. Such a partition refuses acks=all.",
            "브로커마다 자신이 리더인 파티션을 셉니다. 여기는 합계입니다. 이런 파티션은 acks=all을 거부합니다.",
        ),
        2 => (
            "The controller counts partitions without a leader: one whose leader died is not offline before that broker is fenced.",
            "컨트롤러가 리더 없는 파티션을 셉니다. 리더가 죽어도 차단되기 전에는 오프라인이 아닙니다.",
        ),
        3 => ("Each controller counts itself; here their sum. It should be 1.", "컨트롤러마다 자신을 셉니다. 합계는 1이어야 합니다."),
        4 => ("The controller counts registered brokers that are fenced.", "컨트롤러가 등록됐지만 차단된 브로커를 셉니다."),
        5 => (
            "Marked by leaders that shrink an ISR themselves. A fenced broker is taken out by the controller: that is not counted.",
            "리더가 스스로 ISR을 줄일 때 셉니다. 컨트롤러가 차단한 브로커를 뺄 때는 세지 않습니다.",
        ),
        6 => ("Marked by leaders when the controller has accepted a larger ISR.", "컨트롤러가 더 큰 ISR을 받아들이면 리더가 셉니다."),
        7 => (
            "The controller counts elections of a leader outside ISR and ELR: acknowledged records may be lost.",
            "컨트롤러가 ISR과 ELR 밖의 리더 선출을 셉니다. 확인된 레코드를 잃을 수 있습니다.",
        ),
        8 => (
            "Leaders count appends they could not do, such as too few in sync. What clients are expected to meet, like NOT_LEADER_OR_FOLLOWER, is not counted.",
            "리더가 하지 못한 추가를 셉니다(예: ISR 부족). NOT_LEADER_OR_FOLLOWER처럼 예상된 오류는 세지 않습니다.",
        ),
        _ => ("Leaders count the records they append.", "리더가 추가한 레코드를 셉니다."),
    };
    lang.pick(en, ko)
}

/// What is left of a session.
pub fn seconds_left(lang: Lang, us: i64) -> String {
    say(lang, "%0 left", "%0 남음", &[Arg::Text(&span(us))]).text()
}

/// When a silent broker is counted out: between two times, since sessions are looked at now and then.
pub fn fenced_between(lang: Lang, broker: i32, from: &str, to: &str, every: &str) -> Rich {
    say(
        lang,
        "Sessions are looked at every %3: unless it is heard of, %0 is fenced between %1 and %2.",
        "세션은 %3마다 확인합니다. 소식이 없으면 %0|은 %1에서 %2 사이에 차단됩니다.",
        &[Arg::Broker(broker), Arg::Text(from), Arg::Text(to), Arg::Text(every)],
    )
}

/// Who will be counted out unless it is heard of, as the timeline says it.
pub fn to_be_fenced(lang: Lang, broker: i32) -> String {
    say(lang, "%0 fenced", "%0 차단", &[Arg::Broker(broker)]).text()
}
