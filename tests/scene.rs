//! The picture against the design: where things stand, and that what flies is what travels.

use kafka_playground::scene::layout::{Card, Counts, End, Fold, Layout, Rect, Zoom};

fn first_visit() -> Counts {
    Counts { brokers: 3, partitions: vec![4], controllers: 1, producers: 1, groups: vec![vec![2, 2], vec![4]], loners: vec![] }
}

/// A designer compares the page with the pictures: at the design's own sizes the numbers are the design's own.
#[test]
fn the_first_visit_stands_where_the_design_puts_it() {
    let wide = Layout::new(Fold::Wide, 1116.0, 610.0, &first_visit());
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

    let middle = Layout::new(Fold::Middle, 768.0, 0.0, &first_visit());
    assert_eq!(middle.size, (768.0, 598.0));
    assert_eq!(middle.rows, [146.0, 284.0, 422.0].map(|y| Rect::new(30.0, y, 706.0, 94.0)));
    assert_eq!((middle.slots, middle.slot), (7, 18.5));
    assert_eq!(middle.groups[0].rect, Rect::new(30.0, 532.0, 424.0, 58.0));
    assert_eq!(middle.groups[1].rect, Rect::new(474.0, 532.0, 264.0, 58.0));

    let narrow = Layout::new(Fold::Narrow, 360.0, 0.0, &first_visit());
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
                    let layout = Layout::new(fold, w, h, &counts);
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
        Layout::new(Fold::Wide, 1116.0, 610.0, &Counts { brokers, partitions: partitions.to_vec(), ..first_visit() }).zoom
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
    let layout = Layout::new(Fold::Wide, 1116.0, 610.0, &Counts { producers: 4, groups: vec![vec![1; 6]], ..first_visit() });
    assert_eq!((layout.producer_card, layout.consumer_card), (Card::Short, Card::Short));
}
