//! The picture against the design: where things stand, and that what flies is what travels.

use kafka_playground::kafka::record::TopicPartition;
use kafka_playground::lab::player::{OPENING, Player};
use kafka_playground::scene::caption::{Caption, caption};
use kafka_playground::scene::compose::{Cast, Composer, DisplayList, Draw, Kind, Picture};
use kafka_playground::scene::control::{control, fenced_next};
use kafka_playground::scene::director::{Director, Reason};
use kafka_playground::scene::flight::{Cargo, FlightView, flights};
use kafka_playground::scene::layout::{Card, Counts, End, Fold, Layout, Plan, Rect, Zoom};
use kafka_playground::scene::memory::Memory;
use kafka_playground::scene::metrics::{Metric, Metrics};
use kafka_playground::scene::path::Point;
use kafka_playground::scene::read::{Emphasis, view};
use kafka_playground::scene::timeline::{Chronicle, Lived, Mark};
use kafka_playground::scene::view::{BrokerState, ClusterView, GroupStateView, Health, OutcomeView, Role};
use kafka_playground::sim::network::Body;
use kafka_playground::sim::{NodeId, SECOND};
use std::collections::{BTreeMap, BTreeSet};

fn first_visit() -> Counts {
    Counts { brokers: 3, partitions: vec![4], controllers: 1, producers: 1, groups: vec![vec![2, 2], vec![4]], loners: vec![] }
}

/// A designer compares the page with the pictures: at the design's own sizes the numbers are the design's own.
#[test]
fn the_first_visit_stands_where_the_design_puts_it() {
    let wide = Layout::new(Plan { fold: Fold::Wide, size: (1116.0, 610.0), counts: first_visit() });
    assert_eq!(wide.view_box(), "0 -27 1116 610");
    assert_eq!(wide.rack, Rect::new(218.0, 76.0, 678.0, 462.0));
    assert_eq!(wide.rows, [76.0, 256.0, 436.0].map(|y| Rect::new(218.0, y, 678.0, 102.0)));
    let lanes: Vec<Rect> = wide.columns.iter().map(|c| c.lane).collect();
    assert_eq!(lanes, [344.5, 476.5, 608.5, 740.5].map(|x| Rect::new(x, 42.0, 126.0, 504.0)));
    assert_eq!((wide.slots, wide.slot, wide.columns[0].cells), (7, 17.0, 348.5));
    assert_eq!(wide.quorum, Rect::new(20.0, 16.0, 166.0, 44.0));
    assert_eq!(wide.producers, [Rect::new(20.0, 192.0, 148.0, 228.0)]);
    let groups: Vec<Rect> = wide.groups.iter().map(|g| g.rect).collect();
    assert_eq!(groups, [Rect::new(944.0, 76.0, 156.0, 228.0), Rect::new(944.0, 370.0, 156.0, 167.0)]);
    assert_eq!(wide.client_line(End::Producer(0), 0).d, "M168 306C193 306 193 92 218 92");
    assert_eq!(wide.client_line(End::Consumer(0), 0).d, "M896 92C924 92 924 149 952 149");
    assert_eq!(wide.bus_line(0).d, "M186 38L222 38Q230 38 230 46L230 512");
    assert_eq!([wide.mesh_line(0, 1).d, wide.mesh_line(0, 2).d], ["M884 152L884 292", "M876 142L876 482"]);

    let middle = Layout::new(Plan { fold: Fold::Middle, size: (768.0, 0.0), counts: first_visit() });
    assert_eq!(middle.size, (768.0, 598.0));
    assert_eq!(middle.rows, [146.0, 284.0, 422.0].map(|y| Rect::new(30.0, y, 706.0, 94.0)));
    assert_eq!((middle.slots, middle.slot), (7, 18.5));
    assert_eq!(middle.groups[0].rect, Rect::new(30.0, 532.0, 424.0, 58.0));
    assert_eq!(middle.groups[1].rect, Rect::new(474.0, 532.0, 264.0, 58.0));

    let narrow = Layout::new(Plan { fold: Fold::Narrow, size: (360.0, 0.0), counts: first_visit() });
    assert_eq!(narrow.size, (360.0, 446.0));
    assert_eq!(narrow.rows, [112.0, 211.0, 310.0].map(|y| Rect::new(16.0, y, 328.0, 74.0)));
    assert_eq!((narrow.slots, narrow.columns[1].cells), (6, 101.2));
    assert_eq!(narrow.groups[0].rect, Rect::new(16.0, 400.0, 206.0, 40.0));
    assert_eq!(narrow.groups[1].rect, Rect::new(232.0, 400.0, 112.0, 40.0));
}

/// From 320 px to 4K, with one broker or a hundred, nothing may stand on another thing or outside the stage.
#[test]
fn nothing_overlaps_at_any_size() {
    for (fold, w, h) in [
        (Fold::Wide, 1116.0, 610.0),
        (Fold::Wide, 1024.0, 478.0),
        (Fold::Wide, 920.0, 420.0),
        (Fold::Wide, 1500.0, 760.0),
        (Fold::Wide, 3420.0, 1870.0),
        (Fold::Middle, 768.0, 0.0),
        (Fold::Middle, 600.0, 0.0),
        (Fold::Narrow, 360.0, 0.0),
        (Fold::Narrow, 320.0, 0.0),
    ] {
        for brokers in [1, 2, 3, 4, 5, 7, 10, 100] {
            for partitions in [vec![], vec![1], vec![4], vec![3, 6], vec![1, 2, 3, 4], vec![50], vec![1000]] {
                for clients in [0, 1, 2, 4, 12] {
                    let counts = Counts {
                        brokers,
                        partitions: partitions.clone(),
                        controllers: 1,
                        producers: clients,
                        groups: vec![vec![2; clients], vec![4]],
                        loners: vec![1; clients / 2],
                    };
                    let layout = Layout::new(Plan { fold, size: (w, h), counts: counts.clone() });
                    let label = format!("{fold:?} {w}x{h} {counts:?}");
                    let mut solid: Vec<Rect> = layout.rows.clone();
                    solid.push(layout.quorum);
                    solid.extend(&layout.producers);
                    solid.extend(layout.groups.iter().map(|g| g.rect));
                    for (i, a) in solid.iter().enumerate() {
                        assert!(solid[i + 1..].iter().all(|b| !a.overlaps(b)), "{label}: {a:?} lies on another of {solid:?}");
                        let right = layout.size.0 - layout.origin.x + 0.1;
                        assert!(a.x >= -layout.origin.x && a.right() <= right, "{label}: {a:?} leaves the stage");
                        if fold != Fold::Wide {
                            assert!(a.bottom() <= layout.size.1, "{label}: {a:?} leaves the stage below");
                        }
                    }
                    for pair in layout.columns.windows(2) {
                        assert!(pair[1].cells > pair[0].cells, "{label}: columns stand in order");
                    }
                    if let Some(last) = layout.columns.last() {
                        assert!(last.lane.right() <= layout.rack.right() + 1.0, "{label}: the last lane is in the rack");
                    }
                    assert_eq!(layout.columns.len(), partitions.iter().sum::<usize>());
                }
            }
        }
    }
}

/// 10 × 50 fits at glyphs and 100 × 1,000 at pixels; a second topic of four makes bars, not a scroll bar.
#[test]
fn zoom_follows_the_width_of_a_column() {
    let zoom = |brokers, partitions: &[usize]| {
        Layout::new(Plan {
            fold: Fold::Wide,
            size: (1116.0, 610.0),
            counts: Counts { brokers, partitions: partitions.to_vec(), ..first_visit() },
        })
        .zoom
    };
    assert_eq!(zoom(3, &[4]), Zoom::Cells);
    assert_eq!(zoom(3, &[3, 3]), Zoom::Cells);
    assert_eq!(zoom(3, &[4, 4]), Zoom::Bars);
    assert_eq!(zoom(5, &[4]), Zoom::Cells);
    assert_eq!(zoom(10, &[50]), Zoom::Glyphs);
    assert_eq!(zoom(100, &[1000]), Zoom::Pixels);
}

/// With many clients the cards say less before they leave the stage.
#[test]
fn many_clients_say_less() {
    let layout = Layout::new(Plan {
        fold: Fold::Wide,
        size: (1116.0, 610.0),
        counts: Counts { producers: 4, groups: vec![vec![1; 6]], ..first_visit() },
    });
    assert_eq!((layout.producer_card, layout.consumer_card), (Card::Short, Card::Short));
}

fn opening() -> Player {
    Player::open(OPENING).expect("the opening scene")
}

/// A player with everything a picture needs, as the page holds it.
struct Page {
    player: Player,
    memory: Memory,
    composer: Composer,
    paused: bool,
}

impl Page {
    fn open(scene: &str) -> Page {
        Page { player: Player::open(scene).expect("the scene"), memory: Memory::default(), composer: Composer::default(), paused: false }
    }

    fn view(&mut self) -> ClusterView {
        let lab = &self.player.lab;
        self.memory.follow(lab.all_facts(), lab.happened(), lab.forgotten());
        view(lab.world(), &self.memory, &Emphasis::default())
    }

    fn picture(&mut self, fold: Fold, hidden: &[Kind]) -> (DisplayList, Vec<FlightView>, Layout) {
        let view = self.view();
        self.composer.layout_changed();
        let (w, h) = if fold == Fold::Wide { (1116.0, 610.0) } else { (768.0, 0.0) };
        let layout = Layout::new(Plan { fold, size: (w, h), counts: Counts::of(&view) });
        let cast = Cast::of(&view);
        let flights = flights(self.player.lab.world());
        let picture = Picture {
            view: &view,
            layout: &layout,
            cast: &cast,
            flights: &flights,
            pulses: &[],
            moved: &[],
            at: self.player.lab.now(),
            selected: None,
            hidden,
            still: false,
            paused: self.paused,
        };
        (self.composer.compose(&picture), flights, layout)
    }
}

/// The animation may not invent a message nor keep one back: what is drawn is what the network carries, at every instant of a life with
/// a crash, a cut, an election and a rebalance in it.
#[test]
fn every_flight_drawn_is_a_message_and_every_message_is_drawn() {
    let mut page = Page::open(&format!("{OPENING}\nconsumer c4 topics=orders group=g\nkill 1\n"));
    let mut seen = BTreeSet::new();
    for step in 0..12_000 {
        if step == 3_000 {
            page.player.line("cut 2 3").expect("a line");
        }
        if step == 6_000 {
            page.player.line("heal").expect("a line");
            page.player.line("start 1").expect("a line");
        }
        page.player.lab.step();
        let fold = if step % 2 == 0 { Fold::Wide } else { Fold::Middle };
        let (list, _, layout) = page.picture(fold, &[]);
        let messages: BTreeSet<u64> = page
            .player
            .lab
            .world()
            .network
            .flights()
            .filter(|f| matches!(f.body, Body::Request { .. } | Body::Response { .. }))
            .map(|f| f.id)
            .collect();
        let drawn: BTreeSet<u64> = list.spots.iter().map(|s| s.flight).collect();
        assert_eq!(drawn, messages, "at step {step}");
        for spot in &list.spots {
            let stage = layout.to_stage(spot.at);
            assert!(stage.x >= -1.0 && stage.x <= layout.size.0 * layout.scale + 1.0, "{spot:?} is on the stage");
            assert!(list.hit(spot.at).is_some(), "what moves can be clicked");
        }
        seen.extend(list.draws.iter().map(std::mem::discriminant).map(|d| format!("{d:?}")));
    }
    assert!(seen.len() >= 9, "records, answers, asks, capsules, diamonds, rings and hexagons were seen: {seen:?}");
}

/// Of three controllers each has its own line on the card, and what they and the brokers say to each other goes from and to that line.
#[test]
fn voters_speak_from_their_own_lines() {
    let mut page = Page::open("cluster brokers=3 controllers=3\ntopic t partitions=1 replication=3\n");
    let (mut between, mut to_brokers) = (BTreeSet::new(), BTreeSet::new());
    for step in 0..4_000 {
        if step == 2_000 {
            let active = page.view().controllers.iter().find(|c| c.active).expect("an active controller").id;
            page.player.line(&format!("kill {active}")).expect("a line");
        }
        page.player.lab.step();
        let (list, flights, layout) = page.picture(Fold::Wide, &[]);
        let line = |node: NodeId| layout.controllers.get(usize::try_from(node.0 - 3001).ok()?);
        for flight in &flights {
            let at = list.spots.iter().find(|s| s.flight == flight.id).expect("it is drawn").at;
            match (line(flight.from), line(flight.to)) {
                (Some(from), Some(to)) => {
                    let (top, bottom) = (from.y.min(to.y), from.bottom().max(to.bottom()));
                    assert!(
                        (top..=bottom).contains(&at.y) && at.x >= from.right(),
                        "{at:?} is beside the card, between {from:?} and {to:?}"
                    );
                    between.insert((flight.from, flight.to));
                }
                (Some(from), None) if flight.progress(page.player.lab.now()) == 0 && !flight.held => {
                    assert!((from.y..=from.bottom()).contains(&at.y), "{at:?} leaves {from:?}");
                    to_brokers.insert(flight.from);
                }
                _ => {}
            }
        }
    }
    assert!(between.len() >= 5 && to_brokers.len() >= 2, "{between:?} {to_brokers:?}");
    let view = page.view();
    assert_eq!(view.controllers.iter().filter(|c| c.active).count(), 1);
    assert!(view.controllers.iter().all(|c| c.high_watermark > 0 && c.metadata_offset >= c.high_watermark - 1 && c.epoch > 0));
}

/// In ZooKeeper mode a card stands where the quorum does, one broker is marked as the controller, and what they say to each other is drawn between
/// them; only what the controller says to its own broker goes nowhere.
#[test]
fn zookeeper_stands_where_the_quorum_does() {
    let mut page = Page::open("cluster brokers=3 profile=3.9-zk zookeeper.session.timeout.ms=4000\ntopic t replicas=3,1,2\nproducer p\n");
    let (mut told, mut between) = (BTreeSet::new(), BTreeSet::new());
    let mut marked = Vec::new();
    for step in 0..9_000 {
        if let Some(line) = match step {
            1_000 => Some("kill 3"),
            6_000 => Some("kill zk"),
            _ => None,
        } {
            page.player.line(line).expect("a line");
        }
        page.player.lab.step();
        let view = page.view();
        assert_eq!(view.controllers.iter().map(|c| c.name().to_string()).collect::<Vec<_>>(), ["ZooKeeper"]);
        let controllers: Vec<i32> = view.brokers.iter().filter(|b| b.controller).map(|b| b.id).collect();
        assert!(controllers.len() <= 1, "{controllers:?}");
        marked.extend(controllers);
        marked.dedup();
        let (list, flights, _) = page.picture(if step % 2 == 0 { Fold::Wide } else { Fold::Middle }, &[]);
        let drawn: BTreeSet<u64> = list.spots.iter().map(|s| s.flight).collect();
        assert_eq!(drawn, flights.iter().map(|f| f.id).collect(), "at step {step}");
        let zookeeper = page.player.lab.world().name(NodeId(-2));
        assert_eq!(&*zookeeper, "zk");
        between.extend(
            flights.iter().filter(|f| f.to == NodeId(-2) || f.from.0 == marked[0]).map(|f| f.cargo.clone()).map(|c| format!("{c:?}")),
        );
        let lab = &page.player.lab;
        let facts = lab.all_facts().range(..lab.happened()).rev();
        let said = caption(lab.world(), &view, &page.memory, &flights, facts, 10_000);
        told.insert(format!("{said:?}").split([' ', '{']).next().unwrap_or_default().to_string());
    }
    assert!(marked.len() == 2 && marked[0] == 3, "another broker is the controller: {marked:?}");
    for expected in ["SessionEnded", "ControllerElected", "NoZooKeeper", "Elected"] {
        assert!(told.contains(expected), "{expected} in {told:?}");
    }
    assert!(between.contains("Heartbeat") && between.contains("Control { decides: true }"), "{between:?}");
}

/// A position is a fact, so half the time is half the way; a message that a cut holds waits before the gap.
#[test]
fn flights_are_linear_in_cluster_time() {
    let mut page = Page::open(OPENING);
    let flight = loop {
        page.player.lab.step();
        let (_, flights, _) = page.picture(Fold::Wide, &[]);
        if let Some(f) = flights.iter().find(|f| matches!(f.cargo, Cargo::Produce(_)) && f.arrives_at - f.sent_at > 1_000) {
            break f.clone();
        }
    };
    assert_eq!(flight.progress(flight.sent_at), 0);
    assert_eq!(flight.progress((flight.sent_at + flight.arrives_at + 1) / 2) / 10_000, 50);
    assert_eq!(flight.progress(flight.arrives_at), 1_000_000);
    assert_eq!(flight.progress(flight.arrives_at + 5), 1_000_000);
}

/// What the legend switches off is not drawn, and the selected message is drawn nevertheless.
#[test]
fn the_legend_hides_kinds() {
    let mut page = Page::open(OPENING);
    for _ in 0..3_000 {
        page.player.lab.step();
        let (list, flights, _) = page.picture(Fold::Wide, &[Kind::Fetch, Kind::Heartbeat]);
        let shown = flights.iter().filter(|f| !matches!(f.cargo, Cargo::Fetch { .. } | Cargo::Heartbeat)).count();
        let drawn: BTreeSet<u64> = list.spots.iter().map(|s| s.flight).collect();
        assert_eq!(drawn.len(), shown);
    }
}

/// Thousands of messages are rectangles, each still a message; a hundred thousand are bands with their number.
#[test]
fn crowds_are_drawn_as_rectangles_then_as_bands() {
    let mut page = Page::open(OPENING);
    let view = page.view();
    let layout = Layout::new(Plan { fold: Fold::Wide, size: (1116.0, 610.0), counts: Counts::of(&view) });
    let cast = Cast::of(&view);
    let crowd = |n: u64| -> Vec<FlightView> {
        (0..n)
            .map(|id| FlightView {
                id,
                from: NodeId(1 + (id % 3) as i32),
                to: NodeId(1 + ((id + 1) % 3) as i32),
                sent_at: 0,
                arrives_at: 1_000 + id as i64,
                held: false,
                unread: false,
                late: false,
                cargo: Cargo::Fetch { advances: false },
            })
            .collect()
    };
    let mut draw = |n: u64| {
        let flights = crowd(n);
        let picture = Picture {
            view: &view,
            layout: &layout,
            cast: &cast,
            flights: &flights,
            pulses: &[],
            moved: &[],
            at: 500,
            selected: Some(7),
            hidden: &[],
            still: false,
            paused: false,
        };
        page.composer.compose(&picture)
    };
    let full = draw(300);
    assert!(full.rects.is_empty() && full.draws.len() >= 300);
    let rects = draw(10_000);
    assert_eq!(rects.rects.iter().map(|(_, r)| r.len()).sum::<usize>(), 30_000, "three dots each");
    assert_eq!(rects.rects.len(), 1, "sorted by colour");
    let bands = draw(100_000);
    let counted: usize = bands.draws.iter().filter_map(|d| if let Draw::Band { count, .. } = d { Some(*count) } else { None }).sum();
    assert_eq!(counted, 100_000);
    assert!(bands.spots.iter().any(|s| s.flight == 7), "the selected message is always drawn");
}

/// The picture must tell what Kafka tells: leaders, ISRs, offsets and positions of the first visit and after a crash.
#[test]
fn the_view_tells_what_the_cluster_is() {
    let mut page = Page::open(OPENING);
    page.player.lab.advance_to(page.player.lab.now() + 20 * SECOND, usize::MAX);
    let before = page.view();
    assert_eq!(before.health, Health::default());
    assert_eq!(before.topics.iter().map(|t| (&*t.name, t.min_insync_replicas, t.partitions.len())).collect::<Vec<_>>(), [("orders", 2, 4)]);
    assert!(before.partitions().all(|p| p.isr == [1, 2, 3] && p.logs.len() == 3));
    assert_eq!(
        before.groups.iter().map(|g| (&*g.name, g.state, g.members.len())).collect::<Vec<_>>(),
        [("g", GroupStateView::Stable, 2), ("audit", GroupStateView::Stable, 1)]
    );
    assert!(before.producers[0].outcomes.iter().any(|(_, o)| matches!(o, OutcomeView::Acknowledged { .. })));

    page.player.line("kill 1").expect("a line");
    let killed = page.view();
    assert_eq!(killed.broker(1).map(|b| b.state), Some(BrokerState::Down));
    let orphan = killed.partition(&TopicPartition::new(&"orders".into(), 0)).expect("orders-0");
    assert_eq!(orphan.log_on(1).map(|l| l.role), Some(Role::WasLeader), "what its disk holds still shows");

    page.player.lab.advance_to(page.player.lab.now() + 15 * SECOND, usize::MAX);
    let after = page.view();
    assert_eq!(after.health.under_replicated, 4);
    assert_eq!(after.health.lost_after_ack, 0, "nothing acknowledged was lost");
    assert!(after.partitions().all(|p| p.isr == [2, 3] && p.leader.is_some_and(|l| l != 1)));

    // Back before the crash, the picture is the one of then.
    page.player.lab.seek(page.player.lab.now() - 15 * SECOND);
    let again = page.view();
    assert_eq!(again.brokers, killed.brokers);
    assert_eq!(again.producers, killed.producers);
}

/// Under acks=1 a record can be acknowledged and lost; the page must count it and say it at the producer.
#[test]
fn a_record_lost_after_its_acknowledgement_is_counted() {
    let scene = "cluster brokers=3\ntopic t replicas=1,2,3 min.insync.replicas=1\nproducer p1 acks=1\nproduce p1 t key=a value=1\nwait 3s\n\
                 cut 1 2\ncut 1 3\nproduce p1 t key=a value=2\nawait p1\nkill 1\nwait 60s\n";
    let mut page = Page::open(scene);
    page.player.lab.advance_to(page.player.lab.now() + 60 * SECOND, usize::MAX);
    let view = page.view();
    assert_eq!(view.health.lost_after_ack, 1);
    assert!(view.producers[0].outcomes.iter().any(|(_, o)| matches!(o, OutcomeView::Lost { .. })), "{:?}", view.producers[0].outcomes);
}

/// Within five seconds a newcomer sees a record make its whole way: each hop about half a second on screen, silence quick, never backwards.
#[test]
fn the_director_gives_each_hop_its_half_second() {
    let mut player = opening();
    let mut director = Director::default();
    let mut screen = 0;
    let mut hops: BTreeMap<u64, (i64, i64)> = BTreeMap::new();
    let mut reasons = Vec::new();
    let begin = player.lab.now();
    while screen < 30 * SECOND {
        let pace = director.drive(&mut player, 16_667);
        screen += 16_667;
        if reasons.last() != Some(&pace.reason) {
            reasons.push(pace.reason);
        }
        for flight in flights(player.lab.world()).iter().filter(|f| f.is_interesting()) {
            hops.entry(flight.id).or_insert((screen, screen)).1 = screen;
        }
    }
    assert!(player.lab.now() - begin > 9 * SECOND, "silence is quick: {} ms passed", (player.lab.now() - begin) / 1_000);
    let whole: Vec<i64> = hops.values().filter(|(from, to)| *from > 0 && *to < screen - SECOND).map(|(from, to)| to - from).collect();
    let fit = whole.iter().filter(|d| (350_000..=1_700_000).contains(*d)).count();
    assert!(whole.len() >= 10 && fit * 10 >= whole.len() * 8, "{fit} of {} hops take their time: {whole:?}", whole.len());
    for reason in [Reason::Record, Reason::Copying, Reason::Acknowledgement, Reason::Reading, Reason::Quiet] {
        assert!(reasons.contains(&reason), "{reason:?} in {reasons:?}");
    }
}

/// The axis folds silence and can be read both ways, or a scrub would land where nobody pointed.
#[test]
fn the_timeline_maps_both_ways() {
    let mut page = Page::open(OPENING);
    page.player.lab.advance_to(page.player.lab.now() + 20 * SECOND, usize::MAX);
    page.player.line("kill 1").expect("a line");
    page.player.lab.advance_to(page.player.lab.now() + 20 * SECOND, usize::MAX);
    let lab = &page.player.lab;
    let mut chronicle = Chronicle::default();
    chronicle.follow(lab.all_facts(), lab.forgotten());
    let run = Lived {
        commands: lab.commands(),
        opening: page.player.opening(),
        brokers: &[1, 2, 3],
        end_at: lab.end_at(),
        even: false,
        zoom: 1,
        focus: lab.now(),
    };
    let timeline = chronicle.timeline(&run);
    assert!(!timeline.gaps.is_empty(), "the session that ran out is folded");
    assert!(timeline.gaps.iter().all(|g| g.x.1 - g.x.0 <= 620));
    assert!(timeline.marks.windows(2).all(|m| m[0].at <= m[1].at && m[0].x <= m[1].x));
    assert!(timeline.marks.iter().any(|m| matches!(&m.mark, Mark::You { line, .. } if &**line == "kill 1")));
    assert!(timeline.marks.iter().any(|m| matches!(m.mark, Mark::Fence { broker: 1 })));
    assert!(timeline.brokers.iter().any(|(id, downs)| *id == 1 && downs.len() == 1));
    for mark in &timeline.marks {
        let back = timeline.axis.at(mark.x);
        assert!(timeline.axis.x(back).abs_diff(mark.x) <= 1, "{mark:?} and back {back}");
    }
    assert!(timeline.end <= 10_000);
    let zoomed = chronicle.timeline(&Lived { zoom: 4, ..run });
    assert!(zoomed.axis.at(0) > timeline.axis.at(0));
}

/// The sentence says what the picture shows: a copy is spoken of while it travels, a crash before it is noticed, an election after.
#[test]
fn the_caption_follows_the_story() {
    let mut page = Page::open(OPENING);
    let mut told = BTreeSet::new();
    let mut tell = |page: &mut Page| {
        let view = page.view();
        let lab = &page.player.lab;
        let flights = flights(lab.world());
        let facts = lab.all_facts().range(..lab.happened()).rev();
        let said = caption(lab.world(), &view, &page.memory, &flights, facts, 10_000);
        told.insert(match said {
            Caption::Copying { waits, followers, .. } => format!("copying to {followers:?} for {waits:?}"),
            Caption::Elected { from, lost, .. } => format!("elected after {from} lost {lost}"),
            other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_string(),
        });
    };
    for step in 0..9_000 {
        if step == 3_000 {
            page.player.line("kill 1").expect("a line");
        }
        page.player.lab.step();
        tell(&mut page);
    }
    for expected in ["Sending", "copying to [1, 3] for Some(\"p1\")", "Reading", "Quiet", "Unnoticed", "elected after 1 lost 0"] {
        assert!(told.contains(expected), "{expected} in {told:?}");
    }
}

/// A row of a thousand columns is a field without words: the lens must come to every place of it, page by page, and the field must say
/// which place was pointed at.
#[test]
fn the_lens_reaches_every_place() {
    let counts = Counts { brokers: 100, partitions: vec![1000], ..first_visit() };
    for (fold, w, h) in [(Fold::Wide, 1116.0, 610.0), (Fold::Middle, 768.0, 0.0), (Fold::Narrow, 360.0, 0.0)] {
        let layout = Layout::new(Plan { fold, size: (w, h), counts: counts.clone() });
        assert_eq!(layout.zoom, Zoom::Pixels);
        let mut seen = 0;
        for row in 1..=100 {
            for column in 1..=1000 {
                let (page, first) = layout.through_lens((row, column)).expect("a lens");
                let within = |at: usize, first: usize, many: usize| at > first && at <= first + many;
                assert!(within(row, first.0, page.rows.len()) && within(column, first.1, page.columns.len()), "{fold:?} {row} {column}");
                seen = seen.max(page.rows.len() * page.columns.len());
            }
        }
        assert!(seen >= 50, "{fold:?}: a page of {seen} replicas");
        let place = |row: usize, column: usize| {
            let (r, c) = (layout.rows[row - 1], layout.columns[column - 1].lane);
            layout.place_at(Point::new(c.x + c.w / 2.0, r.y + r.h / 2.0))
        };
        assert_eq!((place(1, 1), place(100, 1000), place(38, 500)), ((1, 1), (100, 1000), (38, 500)));
    }
}

/// Fates are told before they happen only while time stands, and only of messages that have one.
#[test]
fn fates_are_shown_while_paused() {
    let mut page = Page::open(OPENING);
    page.player.line("cut p1 1").expect("a line");
    page.player.line("cut p1 2").expect("a line");
    page.player.line("cut p1 3").expect("a line");
    page.player.line("send p1 orders key=apple value=1").expect("a line");
    let at = page.player.lab.now();
    page.player.lab.seek(at + 5_000);
    let (_, flights, _) = page.picture(Fold::Wide, &[]);
    assert!(flights.iter().any(|f| f.held), "a cut holds the record");
    let clocks = |list: &DisplayList| list.draws.iter().filter(|d| matches!(d, Draw::Clock { .. })).count();
    page.paused = true;
    let (paused, ..) = page.picture(Fold::Wide, &[]);
    page.paused = false;
    let (running, ..) = page.picture(Fold::Wide, &[]);
    assert!(clocks(&paused) > 0 && clocks(&running) == 0, "{} and {} clocks", clocks(&paused), clocks(&running));
}

fn after(scene: &str, lines: &[&str]) -> Page {
    let mut page = Page::open(scene);
    for line in lines {
        match line.strip_suffix('s').and_then(|seconds| seconds.parse::<i64>().ok()) {
            Some(seconds) => {
                let at = page.player.lab.now();
                page.player.lab.seek(at + seconds * SECOND);
            }
            None => {
                page.player.line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
        }
    }
    page
}

/// The charts speak under JMX names, so they must say what Kafka's own metrics would: who fences shrinks no ISR of its own, and a leader
/// that has died is not offline before the controller knows.
#[test]
fn metrics_count_as_kafka_counts() {
    let read = |lines: &[&str]| {
        let mut page = after(OPENING, lines);
        let view = page.view();
        let lab = &page.player.lab;
        let mut metrics = Metrics::default();
        metrics.follow(lab.all_facts(), lab.forgotten(), &view);
        Metric::ALL.map(|metric| metrics.at(metric, lab.now()))
    };
    // In the order of `Metric::ALL`: under-replicated, under min ISR, offline, controllers, fenced, shrinks, expands, unclean.
    assert_eq!(read(&["1s"])[..8], [0, 0, 0, 1, 0, 0, 0, 0], "all is well");
    assert_eq!(read(&["kill 2", "3s"])[..5], [0, 0, 0, 1, 0], "nobody knows yet");
    assert_eq!(read(&["kill 2", "13s"])[..8], [4, 0, 0, 1, 1, 0, 0, 0], "fenced: the controller takes it out, no leader shrinks");
    assert_eq!(read(&["kill 2", "13s", "kill 1", "13s"])[..5], [4, 4, 0, 1, 2], "one is left, two are asked for");
    let healed = read(&["kill 2", "13s", "start 2", "15s"]);
    assert_eq!((healed[0], healed[4], healed[6]), (0, 0, 4), "leaders let it in again, once for each partition");
    assert!(read(&["cut 2 3", "cut 2 1", "45s"])[5] > 0, "leaders shrink what they see lagging");
}

/// The controller's panel is how a person follows the control plane: it must name the leader of the quorum, everybody's part of the
/// metadata log, and who is about to be fenced.
#[test]
fn the_control_plane_can_be_read() {
    let scene = OPENING.replace("cluster brokers=3", "cluster brokers=3 controllers=3");
    let read = |lines: &[&str]| {
        let mut page = after(&scene, lines);
        let view = page.view();
        let world = page.player.lab.world();
        (control(world, &view), fenced_next(world, &view), world.now)
    };
    let (well, next, _) = read(&["3s"]);
    let leader = well.leader.expect("a leader");
    assert_eq!((well.alive, well.voters.len(), well.brokers.len(), next), ((3, 3), 3, 3, None));
    assert!(well.voters.iter().all(|v| v.lag <= 1 && v.leads == (v.id == leader)), "{:?}", well.voters);
    assert!(well.brokers.iter().all(|b| b.offset < well.high_watermark && b.lag <= 1), "{:?}", well.brokers);
    let kill = format!("kill {leader}");
    let (moved, ..) = read(&["3s", &kill, "8s"]);
    assert!(moved.leader.is_some_and(|next| next != leader) && moved.epoch > well.epoch, "another voter leads: {moved:?}");
    assert_eq!(moved.alive, (2, 3));
    let (_, late, now) = read(&["3s", "pause 3", "6s"]);
    let (broker, from, to) = late.expect("somebody is late");
    assert_eq!(broker, 3);
    assert!(from > now && to > from, "{now} {from} {to}");
}
