//! Facts told in words: who speaks, and what they say.

use super::rich::{Arg, Rich, fill};
use super::{Lang, span};
use crate::kafka::fact::{Fact, PartitionChoice};
use crate::kafka::protocol::Broken;
use crate::kafka::record::TopicPartition;
use crate::sim::{Micros, NodeId};

/// Who spoke; it chooses the colour of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A producer.
    Producer,
    /// A consumer or a group's coordinator.
    Consumer,
    /// A broker as a leader.
    Leader,
    /// A broker as a follower.
    Follower,
    /// The controller.
    Controller,
    /// A person's act.
    You,
}

/// A fact in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who spoke.
    pub voice: Voice,
    /// The speaker, or the partition the controller decides on.
    pub who: String,
    /// What was said.
    pub said: Rich,
}

fn pair(list: &[TopicPartition]) -> String {
    let mut text = String::new();
    for (at, partition) in list.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(&partition.to_string());
    }
    if text.is_empty() { "∅".to_owned() } else { text }
}

fn at(partition: &TopicPartition, first: i64, last: i64) -> String {
    let mut text = partition.to_string() + "@" + &first.to_string();
    if last > first {
        text.push('–');
        text.push_str(&last.to_string());
    }
    text
}

/// Tells one fact. `who` is the speaker's name, `name` any node's, `now` the instant of the fact.
pub fn tell(lang: Lang, fact: &Fact, who: &str, now: Micros, name: &dyn Fn(NodeId) -> String) -> Told {
    use Arg::{Broker, Code, Ids, Name, Num, Text};
    let say = |en: &'static str, ko: &'static str, args: &[Arg]| fill(lang.pick(en, ko), args);
    let mut subject = who.to_owned();
    let (voice, said) = match fact {
        Fact::RecordSent { partition, key, choice, .. } => {
            let to = partition.to_string();
            let said = match (key, choice) {
                (Some(key), _) => say("sends key %0 to %1", "키 %0 → %1|로 보냄", &[Code(key), Code(&to)]),
                (None, PartitionChoice::Explicit) => say("sends to %0, as told", "지정된 %0|로 보냄", &[Code(&to)]),
                (None, _) => say("sends without a key to %0", "키 없이 %0|로 보냄", &[Code(&to)]),
            };
            (Voice::Producer, said)
        }
        Fact::RecordAcknowledged { partition, offset: Some(offset), sent_at, .. } => (
            Voice::Producer,
            say(
                "is told %0, %1 after sending",
                "%0 확인 받음, 보낸 지 %1",
                &[Code(&at(partition, *offset, *offset)), Text(&span(now - sent_at))],
            ),
        ),
        Fact::RecordAcknowledged { partition, offset: None, .. } => {
            (Voice::Producer, say("does not wait for %0: acks=0", "%0: acks=0이라 기다리지 않음", &[Code(&partition.to_string())]))
        }
        Fact::RecordFailed { partition, error, .. } => {
            let to = partition.as_ref().map(TopicPartition::to_string).unwrap_or_default();
            (Voice::Producer, say("gives up a record for %0: %1", "%0 레코드 포기: %1", &[Code(&to), Code(error)]))
        }
        Fact::BatchRetried { partition, error, .. } => (
            Voice::Producer,
            say("sends again to %0 after %1", "%1 이후 %0|로 다시 보냄", &[Code(&partition.to_string()), Code(error.name())]),
        ),
        Fact::ProducerIdAssigned { producer_id, epoch } => {
            (Voice::Producer, say("is producer %0, epoch %1", "프로듀서 ID %0, 에포크 %1", &[Num(*producer_id), Num(i64::from(*epoch))]))
        }
        Fact::RecordsRead { partition, first_offset, last_offset, .. } => {
            (Voice::Consumer, say("reads %0", "%0 읽음", &[Code(&at(partition, *first_offset, *last_offset))]))
        }
        Fact::PositionReset { partition, offset } => {
            (Voice::Consumer, say("will read %0 from %1", "%0|을 %1부터 읽음", &[Code(&partition.to_string()), Num(*offset)]))
        }
        Fact::PartitionsRevoked { partitions, .. } => (Voice::Consumer, say("gives up %0", "%0 내놓음", &[Code(&pair(partitions))])),
        Fact::PartitionsAssigned { generation, partitions, .. } => (
            Voice::Consumer,
            say("is given %0 (generation %1)", "%0 할당 받음 (세대 %1)", &[Code(&pair(partitions)), Num(i64::from(*generation))]),
        ),
        Fact::ConsumerFailed { error } => (Voice::Consumer, say("polling fails: %0", "폴링 실패: %0", &[Code(error)])),
        Fact::MemberJoined { group, member } => {
            (Voice::Consumer, say("%1 joins group %0", "%1|이 그룹 %0에 참여", &[Code(group), Name(member_name(member))]))
        }
        Fact::MemberLeft { group, member, expired: false } => {
            (Voice::Consumer, say("%1 leaves group %0", "%1|이 그룹 %0에서 나감", &[Code(group), Name(member_name(member))]))
        }
        Fact::MemberLeft { group, member, expired: true } => (
            Voice::Consumer,
            say("drops %1 from group %0: its session ran out", "그룹 %0에서 %1 제외: 세션 만료", &[Code(group), Name(member_name(member))]),
        ),
        Fact::RebalanceStarted { group, .. } => (Voice::Consumer, say("group %0 rebalances", "그룹 %0 리밸런스 시작", &[Code(group)])),
        Fact::GroupStable { group, generation, members, .. } => (
            Voice::Consumer,
            say(
                "group %0 is stable: generation %1, %2 members",
                "그룹 %0 안정: 세대 %1, 멤버 %2",
                &[Code(group), Num(i64::from(*generation)), Num(i64::from(*members))],
            ),
        ),
        Fact::GroupEmpty { group } => (Voice::Consumer, say("group %0 is empty", "그룹 %0 비어 있음", &[Code(group)])),
        Fact::OffsetsCommitted { group, offsets } => {
            let list: Vec<String> = offsets.iter().map(|(partition, offset)| partition.to_string() + "@" + &offset.to_string()).collect();
            (Voice::Consumer, say("group %0 commits %1", "그룹 %0 커밋 %1", &[Code(group), Code(&list.join(" "))]))
        }
        Fact::Appended { partition, base_offset, last_offset, leader_epoch, .. } => (
            Voice::Leader,
            say(
                "appends %0 in epoch %3; log end %1 → %2",
                "에포크 %3|로 %0 추가; 로그 끝 %1 → %2",
                &[Code(&at(partition, *base_offset, *last_offset)), Num(*base_offset), Num(last_offset + 1), Num(i64::from(*leader_epoch))],
            ),
        ),
        Fact::DuplicateFound { partition, base_offset } => (
            Voice::Leader,
            say(
                "knows %0 already: not appended twice",
                "%0|은 이미 있음: 두 번 추가하지 않음",
                &[Code(&at(partition, *base_offset, *base_offset))],
            ),
        ),
        Fact::ProduceRefused { partition, error } => {
            (Voice::Leader, say("refuses a write to %0: %1", "%0 쓰기 거부: %1", &[Code(&partition.to_string()), Code(error.name())]))
        }
        Fact::Replicated { partition, base_offset, last_offset } => {
            (Voice::Follower, say("copies %0", "%0 복제", &[Code(&at(partition, *base_offset, *last_offset))]))
        }
        Fact::HighWatermarkAdvanced { partition, from, to } => (
            Voice::Leader,
            say("%0: high watermark %1 → %2", "%0: 하이 워터마크 %1 → %2", &[Code(&partition.to_string()), Num(*from), Num(*to)]),
        ),
        Fact::HighWatermarkLearned { partition, from, to } => (
            Voice::Follower,
            say(
                "%0: learns high watermark %1 → %2",
                "%0: 하이 워터마크 %1 → %2|을 앎",
                &[Code(&partition.to_string()), Num(*from), Num(*to)],
            ),
        ),
        Fact::BecameLeader { partition, leader_epoch, start_offset } => (
            Voice::Leader,
            say(
                "leads %0 in epoch %1, from offset %2",
                "에포크 %1에서 오프셋 %2부터 %0의 리더",
                &[Code(&partition.to_string()), Num(i64::from(*leader_epoch)), Num(*start_offset)],
            ),
        ),
        Fact::BecameFollower { partition, leader, leader_epoch } => (
            Voice::Follower,
            say(
                "follows %1 for %0, in epoch %2",
                "에포크 %2에서 %0의 리더 %1|을 따름",
                &[Code(&partition.to_string()), Broker(*leader), Num(i64::from(*leader_epoch))],
            ),
        ),
        Fact::Truncated { partition, from, to } => (
            Voice::Follower,
            say("cuts %0: log end %1 → %2", "%0 잘라 냄: 로그 끝 %1 → %2", &[Code(&partition.to_string()), Num(*from), Num(*to)]),
        ),
        Fact::ReplicaFailed { partition } => (
            Voice::Follower,
            say(
                "gives up fetching %0 until its leader changes or it restarts",
                "리더가 바뀌거나 다시 시작할 때까지 %0 fetch를 포기합니다",
                &[Code(&partition.to_string())],
            ),
        ),
        Fact::IsrProposed { partition, from, to } => (
            Voice::Leader,
            say(
                "asks the controller: ISR of %0 %1 → %2",
                "컨트롤러에 요청: %0의 ISR %1 → %2",
                &[Code(&partition.to_string()), Ids(from), Ids(to)],
            ),
        ),
        Fact::BrokerRunning { .. } => (Voice::Leader, say("serves from now on", "이제 동작합니다", &[])),
        Fact::RegistrationTimedOut { .. } => {
            (Voice::Leader, say("finds no controller to register it and gives up", "등록해 줄 컨트롤러를 찾지 못해 종료", &[]))
        }
        Fact::QuorumElectionStarted { epoch } => {
            (Voice::Controller, say("asks for votes in quorum epoch %0", "쿼럼 에포크 %0 투표 요청", &[Num(i64::from(*epoch))]))
        }
        Fact::ControllerActivated { epoch } => (
            Voice::Controller,
            say("decides from now on, in quorum epoch %0", "이제 활성 컨트롤러, 쿼럼 에포크 %0", &[Num(i64::from(*epoch))]),
        ),
        Fact::ControllerRenounced { epoch } => (
            Voice::Controller,
            say("no longer decides, quorum epoch %0 is over", "활성 컨트롤러가 아님, 쿼럼 에포크 %0 끝", &[Num(i64::from(*epoch))]),
        ),
        Fact::MetadataTruncated { from, to } => (
            Voice::Controller,
            say(
                "drops metadata records that were never committed: %0 → %1",
                "커밋되지 않은 메타데이터 레코드 버림: %0 → %1",
                &[Num(*from), Num(*to)],
            ),
        ),
        Fact::BrokerRegistered { broker, epoch } => {
            (Voice::Controller, say("registers %0, broker epoch %1", "%0 등록, 브로커 에포크 %1", &[Broker(*broker), Num(*epoch)]))
        }
        Fact::RegistrationRefused { broker, error } => {
            (Voice::Controller, say("refuses to register %0: %1", "%0 등록 거부: %1", &[Broker(*broker), Code(error.name())]))
        }
        Fact::BrokerFenced { broker, expired: true } => (
            Voice::Controller,
            say("fences %0: its session ran out without a heartbeat", "%0 차단(fence): 하트비트 없이 세션 만료", &[Broker(*broker)]),
        ),
        Fact::BrokerFenced { broker, expired: false } => (Voice::Controller, say("fences %0", "%0 차단(fence)", &[Broker(*broker)])),
        Fact::DirectoriesOffline { broker, directories } => (
            Voice::Controller,
            say(
                "learns that %1 log directories of %0 failed",
                "%0의 로그 디렉터리 %1개 고장을 알게 됨",
                &[Broker(*broker), Num(i64::from(*directories))],
            ),
        ),
        Fact::BrokerUnfenced { broker } => {
            (Voice::Controller, say("lets %0 in: it has caught up", "%0 차단 해제: 따라잡음", &[Broker(*broker)]))
        }
        Fact::ShutdownStarted { broker } => {
            (Voice::Controller, say("moves the leaders off %0: it shuts down", "%0 종료 준비: 리더를 옮김", &[Broker(*broker)]))
        }
        Fact::SessionEnded { broker, expired: true } => (
            Voice::Controller,
            say("the session of %0 ran out: its nodes are gone", "%0의 세션 만료: 그 노드가 사라짐", &[Broker(*broker)]),
        ),
        Fact::SessionEnded { broker, expired: false } => {
            (Voice::Controller, say("%0 closed its session", "%0|이 세션을 닫음", &[Broker(*broker)]))
        }
        Fact::BrokerNodeExists { .. } => (
            Voice::Leader,
            say(
                "cannot start: the node of its former session is still in ZooKeeper",
                "시작할 수 없음: 이전 세션의 노드가 아직 ZooKeeper에 있음",
                &[],
            ),
        ),
        Fact::ControllerElected { broker, epoch } => (
            Voice::Controller,
            say(
                "%0 is the controller, controller epoch %1",
                "%0|이 컨트롤러, 컨트롤러 에포크 %1",
                &[Broker(*broker), Num(i64::from(*epoch))],
            ),
        ),
        Fact::ControllerResigned { .. } => (Voice::Controller, say("is no longer the controller", "더 이상 컨트롤러가 아님", &[])),
        Fact::BrokerUnregistered { broker } => (Voice::Controller, say("forgets %0", "%0 등록 해제", &[Broker(*broker)])),
        Fact::LeaderElected { partition, from, to, leader_epoch, unclean } => {
            subject = partition.to_string();
            let epoch = Num(i64::from(*leader_epoch));
            let said = match (*from, *to, unclean) {
                (from, -1, _) => say("has no leader (was %0), epoch %1", "리더 없음 (전: %0), 에포크 %1", &[Num(i64::from(from)), epoch]),
                (-1, to, false) => say("leader %0, epoch %1", "리더 %0, 에포크 %1", &[Num(i64::from(to)), epoch]),
                (from, to, false) => {
                    say("leader %0 → %1, epoch %2", "리더 %0 → %1, 에포크 %2", &[Num(i64::from(from)), Num(i64::from(to)), epoch])
                }
                (_, to, true) => {
                    say("leader %0 by an unclean election, epoch %1", "unclean 선출로 리더 %0, 에포크 %1", &[Num(i64::from(to)), epoch])
                }
            };
            (Voice::Controller, said)
        }
        Fact::IsrChanged { partition, from, to } => {
            subject = partition.to_string();
            (Voice::Controller, say("ISR %0 → %1", "ISR %0 → %1", &[Ids(from), Ids(to)]))
        }
        Fact::TopicCreated { topic, partitions, replication_factor } => (
            Voice::Controller,
            say(
                "creates topic %0: %1 partitions × %2 replicas",
                "토픽 %0 생성: 파티션 %1 × 복제본 %2",
                &[Code(topic), Num(i64::from(*partitions)), Num(i64::from(*replication_factor))],
            ),
        ),
        Fact::TopicDeleted { topic } => (Voice::Controller, say("deletes topic %0", "토픽 %0 삭제", &[Code(topic)])),
        Fact::PartitionsAdded { topic, from, to } => (
            Voice::Controller,
            say(
                "grows topic %0: %1 → %2 partitions",
                "토픽 %0 확장: 파티션 %1 → %2",
                &[Code(topic), Num(i64::from(*from)), Num(i64::from(*to))],
            ),
        ),
        Fact::ConfigChanged { resource, name, value } => {
            let line = name.to_string() + "=" + value;
            (Voice::Controller, say("sets %1 for %0", "%0에 %1 설정", &[Code(resource), Code(&line)]))
        }
        Fact::ConfigNotSimulated { name, value } => {
            let line = name.to_string() + "=" + value;
            (
                Voice::Controller,
                say(
                    "accepts %0, which is not simulated: it has no effect",
                    "%0|을 받아들이지만 시뮬레이션하지 않아 효과 없음",
                    &[Code(&line)],
                ),
            )
        }
        Fact::AdminRefused { request, error, nearest } => {
            let said = match nearest {
                Some(nearest) => say(
                    "refuses %0: %1. The nearest known name is %2",
                    "%0 거부: %1. 가장 가까운 이름은 %2",
                    &[Code(request), Code(error.name()), Code(nearest)],
                ),
                None => say("refuses %0: %1", "%0 거부: %1", &[Code(request), Code(error.name())]),
            };
            (Voice::Controller, said)
        }
        Fact::Started => (Voice::Leader, say("starts", "시작", &[])),
        Fact::Killed => (Voice::Leader, say("dies at once", "즉시 죽음", &[])),
        Fact::Stopped => (Voice::Leader, say("has ended", "종료됨", &[])),
        Fact::PowerLost => (Voice::Leader, say("loses its power", "전원이 끊김", &[])),
        Fact::DiskLost => (Voice::Leader, say("dies, and its disk is empty", "죽고 디스크가 비워짐", &[])),
        Fact::DataLost { partition, from, to } => {
            let lost = at(partition, *to, *from - 1);
            (Voice::Leader, say("loses %0: it was not flushed to the disk", "%0 유실: 디스크에 플러시되지 않음", &[Code(&lost)]))
        }
        Fact::DirectoryFailed { directory, .. } => {
            (Voice::Leader, say("can no longer write to log directory %0", "로그 디렉터리 %0에 더 쓸 수 없음", &[Code(directory)]))
        }
        Fact::DiskSlowed { latency } => {
            let span = span(*latency);
            (Voice::You, say("each write to its disk takes %0", "디스크 쓰기마다 %0 걸림", &[Text(&span)]))
        }
        Fact::Paused => (Voice::Leader, say("stands still", "멈춰 섬", &[])),
        Fact::Resumed => (Voice::Leader, say("goes on", "다시 움직임", &[])),
        Fact::LinkCut { from, to, both_ways } => {
            let (from, to) = (name(*from), name(*to));
            let said = if *both_ways {
                say("%0 and %1 no longer reach each other", "%0|과 %1 사이가 끊김", &[Name(&from), Name(&to)])
            } else {
                say("%0 no longer reaches %1", "%0에서 %1|로 가는 길이 끊김", &[Name(&from), Name(&to)])
            };
            (Voice::You, said)
        }
        Fact::LinkSlowed { from, to, latency } => {
            let (from, to) = (name(*from), name(*to));
            let span = span(*latency);
            let args = [Name(&from), Name(&to), Text(&span)];
            (Voice::You, say("what %0 and %1 send each other takes %2", "%0|과 %1 사이의 전송에 %2 걸림", &args))
        }
        Fact::LinkHealed { from, to } => {
            let (from, to) = (name(*from), name(*to));
            (Voice::You, say("%0 and %1 reach each other again", "%0|과 %1 사이가 다시 이어짐", &[Name(&from), Name(&to)]))
        }
        Fact::ConnectionLost { to, why } => {
            let to = name(*to);
            let said = match why {
                Broken::Unreachable => say("cannot reach %0", "%0에 연결할 수 없음", &[Name(&to)]),
                Broken::Disconnected => say("loses its connection to %0", "%0|과 연결 끊김", &[Name(&to)]),
                Broken::TimedOut => say("gives up waiting for %0", "%0의 응답을 기다리다 포기", &[Name(&to)]),
            };
            (Voice::Follower, said)
        }
    };
    Told { voice, who: subject, said }
}

/// A member's client id: Kafka's coordinator appends a UUID, which nobody wants to read.
fn member_name(member: &str) -> &str {
    match member.len().checked_sub(37).map(|cut| member.split_at_checked(cut)) {
        Some(Some((client, uuid))) if uuid.starts_with('-') && uuid.bytes().filter(|&b| b == b'-').count() == 5 => client,
        _ => member,
    }
}
