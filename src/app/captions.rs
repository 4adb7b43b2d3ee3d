//! The sentence under the rack in words: a headline and a because for each [`Caption`], and the reason of each pace.

use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::scene::caption::Caption;
use kafka_playground::scene::director::Reason;
use kafka_playground::text::{Arg, Lang, Rich, Word, broker_names, fill, span};

/// Why time runs as fast as it does.
pub(crate) fn reason(reason: Reason) -> Word {
    match reason {
        Reason::Record | Reason::RetriedRecord | Reason::Copying | Reason::Confirming => Word::SlowRecord,
        Reason::Acknowledgement => Word::SlowAck,
        Reason::Reading => Word::SlowRead,
        Reason::Decision | Reason::IsrChange => Word::SlowIsr,
        Reason::Election => Word::SlowElection,
        Reason::Truncation => Word::SlowTruncation,
        Reason::Rebalance => Word::SlowRebalance,
        Reason::JustHappened => Word::SlowAct,
        Reason::Quiet => Word::FastSilence,
        Reason::Fixed => Word::FixedWhy,
    }
}

fn at(partition: &TopicPartition, offset: i64) -> String {
    partition.to_string() + "@" + &offset.to_string()
}

/// The headline and the because of an instant.
pub(crate) fn caption(lang: Lang, caption: &Caption) -> (Rich, Rich) {
    let say = |en: &'static str, ko: &'static str, args: &[Arg]| fill(lang.pick(en, ko), args);
    let none = || Rich::plain("");
    match caption {
        Caption::Lost { partition, offset, count, leader } => (
            say(
                if *count == 1 { "The acknowledged record %0 is gone." } else { "%1 acknowledged records are gone, from %0 on." },
                "확인된 레코드 %1개가 %0부터 사라졌습니다.",
                &[Arg::Code(&at(partition, *offset)), Arg::Num(*count as i64)],
            ),
            say("%0 leads now and never had them.", "새 리더 %0|은 이 레코드를 받은 적이 없습니다.", &[Arg::Broker(*leader)]),
        ),
        Caption::Elected { partition, from, to, leader_epoch, unclean, lost, silent } => {
            let name = partition.to_string();
            let args = [Arg::Broker(*to), Arg::Code(&name), Arg::Num(i64::from(*leader_epoch))];
            let headline = if *lost == 0 {
                say(
                    "%0 now leads %1, in epoch %2. Nothing acknowledged was lost.",
                    "이제 %0|이 %1의 리더입니다(에포크 %2). 확인된 레코드는 잃지 않았습니다.",
                    &args,
                )
            } else {
                say(
                    "%0 now leads %1, in epoch %2. Acknowledged records were lost.",
                    "이제 %0|이 %1의 리더입니다(에포크 %2). 확인된 레코드를 잃었습니다.",
                    &args,
                )
            };
            let because = match (unclean, silent) {
                (true, _) => say("It was not in sync: an unclean election.", "ISR에 없던 복제본입니다: unclean 선출.", &[]),
                (false, Some(silent)) => say(
                    "The controller fenced %0 after %1 without a heartbeat; %2 is in sync and next in the assignment.",
                    "%0의 하트비트가 %1 동안 없어 컨트롤러가 차단했습니다. %2|은 ISR에 있고 할당 순서가 다음입니다.",
                    &[Arg::Broker(*from), Arg::Text(&span(*silent)), Arg::Broker(*to)],
                ),
                (false, None) => say("It is in sync and comes first in the assignment.", "ISR에 있고 할당 순서가 가장 앞섭니다.", &[]),
            };
            (headline, because)
        }
        Caption::Offline { partition, isr } => (
            say("%0 has no leader: it is offline.", "%0에 리더가 없습니다: 오프라인.", &[Arg::Code(&partition.to_string())]),
            say("Nobody of its ISR (%0) is alive.", "ISR(%0) 중 살아 있는 복제본이 없습니다.", &[Arg::Ids(isr)]),
        ),
        Caption::Truncated { partition, broker, from, to } => (
            say(
                "%0 cuts %1 back from offset %2 to %3.",
                "%0|이 %1의 로그를 오프셋 %2에서 %3까지 잘라 냅니다.",
                &[Arg::Broker(*broker), Arg::Code(&partition.to_string()), Arg::Num(*from), Arg::Num(*to)],
            ),
            say(
                "The leader's log departs there: what follows was never committed.",
                "리더의 로그가 거기서 갈라집니다. 그 뒤는 커밋된 적이 없습니다.",
                &[],
            ),
        ),
        Caption::Fenced { broker, silent } => (
            say("The controller fences %0.", "컨트롤러가 %0|을 차단합니다.", &[Arg::Broker(*broker)]),
            match silent {
                Some(silent) => say(
                    "Not heard of for %0: its session ran out.",
                    "%0 동안 소식이 없어 세션이 만료됐습니다.",
                    &[Arg::Text(&span(*silent))],
                ),
                None => say("It asked to leave.", "스스로 나가기를 요청했습니다.", &[]),
            },
        ),
        Caption::SessionEnded { broker, silent } => (
            say("%0 is out of ZooKeeper.", "%0|이 ZooKeeper에서 사라졌습니다.", &[Arg::Broker(*broker)]),
            match silent {
                Some(silent) => say(
                    "Not heard of for %0: its session ran out, and the node it held is gone.",
                    "%0 동안 소식이 없어 세션이 만료되고, 세션이 갖고 있던 노드도 없어졌습니다.",
                    &[Arg::Text(&span(*silent))],
                ),
                None => say("It closed its session.", "스스로 세션을 닫았습니다.", &[]),
            },
        ),
        Caption::ControllerElected { broker, epoch } => (
            say(
                "%0 is the controller now, in controller epoch %1.",
                "이제 %0|이 컨트롤러입니다(컨트롤러 에포크 %1).",
                &[Arg::Broker(*broker), Arg::Num(i64::from(*epoch))],
            ),
            say("It was the first to create the node /controller.", "/controller 노드를 가장 먼저 만들었습니다.", &[]),
        ),
        Caption::NoZooKeeper { up: true } => (
            say("No broker is the controller.", "컨트롤러인 브로커가 없습니다.", &[]),
            say(
                "The first to create the node /controller will be.",
                "/controller 노드를 가장 먼저 만드는 브로커가 컨트롤러가 됩니다.",
                &[],
            ),
        ),
        Caption::NoZooKeeper { up: false } => (
            say("ZooKeeper does not answer.", "ZooKeeper가 응답하지 않습니다.", &[]),
            say(
                "Leaders go on serving, but nobody is found dead and nobody is elected.",
                "리더는 계속 동작하지만, 장애를 알아차리거나 선출하는 일은 일어나지 않습니다.",
                &[],
            ),
        ),
        Caption::Unfenced { broker } => (
            say("%0 is in the cluster again.", "%0|이 클러스터에 다시 들어왔습니다.", &[Arg::Broker(*broker)]),
            say("It follows, and joins each ISR once it has caught up.", "팔로워로 시작해 따라잡으면 ISR에 들어갑니다.", &[]),
        ),
        Caption::Activated { controller, epoch } => (
            say(
                "%0 is the active controller now, in quorum epoch %1.",
                "이제 %0|이 활성 컨트롤러입니다(쿼럼 에포크 %1).",
                &[Arg::Name(controller), Arg::Num(i64::from(*epoch))],
            ),
            say(
                "A majority of the voters elected it. Every broker's session begins anew.",
                "투표자 과반이 선출했습니다. 모든 브로커의 세션이 새로 시작됩니다.",
                &[],
            ),
        ),
        Caption::NoController { electing } => (
            say("No controller decides.", "결정하는 컨트롤러가 없습니다.", &[]),
            if *electing {
                say("The voters elect one.", "투표자들이 새 컨트롤러를 선출합니다.", &[])
            } else {
                say(
                    "A majority of the voters is missing. Leaders go on serving, but nobody is fenced or elected.",
                    "투표자 과반이 없습니다. 리더는 계속 동작하지만 차단도 선출도 일어나지 않습니다.",
                    &[],
                )
            },
        ),
        Caption::IsrShrank { partition, gone, isr } => (
            say(
                "%0 left the ISR of %1.",
                "%0|이 %1의 ISR에서 빠졌습니다.",
                &[Arg::Name(&broker_names(lang, gone)), Arg::Code(&partition.to_string())],
            ),
            say(
                "In sync are %0 now; the high watermark waits for these alone.",
                "이제 ISR은 %0|이고, 하이 워터마크는 이들만 기다립니다.",
                &[Arg::Ids(isr)],
            ),
        ),
        Caption::IsrGrew { partition, back, isr } => (
            say(
                if back.len() > 1 { "%0 are in the ISR of %1 again." } else { "%0 is in the ISR of %1 again." },
                "%0|이 %1의 ISR에 다시 들어왔습니다.",
                &[Arg::Name(&broker_names(lang, back)), Arg::Code(&partition.to_string())],
            ),
            say("The leader has seen that nothing is missing. In sync: %0.", "따라잡았습니다. ISR: %0.", &[Arg::Ids(isr)]),
        ),
        Caption::Refused { partition, error } => (
            say(
                "A write to %0 is refused: `%1`.",
                "%0에 쓰기가 거부됐습니다: %1.",
                &[Arg::Code(&partition.to_string()), Arg::Code(error.name())],
            ),
            none(),
        ),
        Caption::Copying { partition, offset, followers, leader, waits } => (
            say(
                if followers.len() > 1 { "%0 are fetching %1 from its leader, %2." } else { "%0 is fetching %1 from its leader, %2." },
                "%0|이 리더 %2에서 %1|을 가져갑니다.",
                &[Arg::Name(&broker_names(lang, followers)), Arg::Code(&at(partition, *offset)), Arg::Broker(*leader)],
            ),
            match waits {
                Some(producer) => say(
                    "With acks=all, %0 is answered once all in sync ask for offset %1.",
                    "acks=all이라 ISR 모두가 오프셋 %1|을 요청해야 %0|이 응답을 받습니다.",
                    &[Arg::Name(producer), Arg::Num(*offset + 1)],
                ),
                None => none(),
            },
        ),
        Caption::Confirming { partition, offset, followers, leader } => (
            say(
                if followers.len() > 1 { "%0 ask for what follows %1." } else { "%0 asks for what follows %1." },
                "%0|이 %1 다음을 요청합니다.",
                &[Arg::Name(&broker_names(lang, followers)), Arg::Code(&at(partition, *offset))],
            ),
            say("By that %0 learns that they have it.", "그것으로 %0|은 복제됐음을 압니다.", &[Arg::Broker(*leader)]),
        ),
        Caption::Sending { producer, partition, leader, retried } => (
            if *retried {
                say(
                    "%0 sends a record for %1 again, to %2.",
                    "%0|이 %1의 레코드를 %2에 다시 보냅니다.",
                    &[Arg::Name(producer), Arg::Code(&partition.to_string()), Arg::Broker(*leader)],
                )
            } else {
                say(
                    "%0 sends a record for %1 to its leader, %2.",
                    "%0|이 %1의 레코드를 리더 %2에 보냅니다.",
                    &[Arg::Name(producer), Arg::Code(&partition.to_string()), Arg::Broker(*leader)],
                )
            },
            none(),
        ),
        Caption::Acknowledging { producer, leader, error } => (
            if *error {
                say("%0 tells %1 that the write failed.", "%0|이 %1에 쓰기 실패를 알립니다.", &[Arg::Broker(*leader), Arg::Name(producer)])
            } else {
                say("%0 acknowledges to %1.", "%0|이 %1에 확인 응답을 보냅니다.", &[Arg::Broker(*leader), Arg::Name(producer)])
            },
            none(),
        ),
        Caption::Reading { consumer, partition, offset, leader } => (
            say(
                "%0 reads %1 from %2.",
                "%0|이 %2에서 %1|을 읽습니다.",
                &[Arg::Name(consumer), Arg::Code(&at(partition, *offset)), Arg::Broker(*leader)],
            ),
            say("Consumers read up to the high watermark.", "컨슈머는 하이 워터마크까지 읽습니다.", &[]),
        ),
        Caption::Rebalancing { group, missing } => (
            say("Group %0 shares out its partitions.", "그룹 %0|이 파티션을 다시 나눕니다.", &[Arg::Name(group)]),
            if missing.is_empty() { none() } else { say("It waits for %0.", "%0|을 기다립니다.", &[Arg::Name(&missing.join(", "))]) },
        ),
        Caption::Unnoticed { broker, left } => (
            say(
                "%0 is gone, and the controller does not know it yet.",
                "%0|이 죽었지만 컨트롤러는 아직 모릅니다.",
                &[Arg::Broker(*broker)],
            ),
            say(
                "Only silence tells: %0 of its session are left.",
                "침묵만이 알려 줍니다: 세션이 %0 남았습니다.",
                &[Arg::Text(&span(*left))],
            ),
        ),
        Caption::Down { broker, under_replicated } => (
            say("%0 is down.", "%0|이 멈췄습니다.", &[Arg::Broker(*broker)]),
            say(
                "%0 partitions are under-replicated. Its power button starts it again.",
                "파티션 %0개의 복제본이 부족합니다. 전원 버튼으로 다시 켭니다.",
                &[Arg::Num(*under_replicated as i64)],
            ),
        ),
        Caption::UnderReplicated { partitions } => (
            say(
                if *partitions == 1 { "One partition is under-replicated." } else { "%0 partitions are under-replicated." },
                "파티션 %0개의 복제본이 부족합니다.",
                &[Arg::Num(*partitions as i64)],
            ),
            say("Every broker runs; not every replica is in sync.", "브로커는 모두 동작하지만 동기화되지 않은 복제본이 있습니다.", &[]),
        ),
        Caption::Paused { broker } => (
            say("%0 stands still.", "%0|이 멈춰 있습니다.", &[Arg::Broker(*broker)]),
            say("Its connections stay open; nobody is told.", "연결은 그대로라 아무도 모릅니다.", &[]),
        ),
        Caption::Starting { broker } => (
            say("%0 starts.", "%0|이 시작합니다.", &[Arg::Broker(*broker)]),
            say("It registers once its old session has run out.", "이전 세션이 끝나야 등록됩니다.", &[]),
        ),
        Caption::Stopping { broker } => {
            (say("%0 gives its leaderships away before it stops.", "%0|이 멈추기 전에 리더를 넘깁니다.", &[Arg::Broker(*broker)]), none())
        }
        Caption::LinkCut { from, to, one_way } => (
            if *one_way {
                say("No packets pass from %0 to %1.", "%0에서 %1|로 가는 패킷이 막혔습니다.", &[Arg::Name(from), Arg::Name(to)])
            } else {
                say("No packets pass between %0 and %1.", "%0|과 %1 사이의 패킷이 막혔습니다.", &[Arg::Name(from), Arg::Name(to)])
            },
            say("Nobody is told of a cut: only silence tells.", "아무도 알려 주지 않습니다: 침묵만이 알려 줍니다.", &[]),
        ),
        Caption::NoTopic => (say("There is no topic yet.", "아직 토픽이 없습니다.", &[]), say("Add one.", "하나 추가해 보세요.", &[])),
        Caption::Quiet { partitions } => (
            say(
                "All is in sync: %0 partitions, every replica has every record.",
                "모두 동기화됨: 파티션 %0개, 모든 복제본이 같은 레코드를 가집니다.",
                &[Arg::Num(*partitions as i64)],
            ),
            say("Click Send, or fail a broker.", "레코드를 보내거나 브로커를 꺼 보세요.", &[]),
        ),
    }
}
