//! Puts columns, the quorum, producers and consumers into their places.

use super::{Card, Column, Counts, Fold, GroupBox, Layout, Rect, TOPIC_GAP, TopicHead, Zoom, column_width};
use crate::scene::path::{Point, short};

/// How the lanes of a fold stand in their columns.
pub(super) struct LaneShape {
    /// From a column's edge to its lane.
    pub(super) inset: f64,
    /// From a column's left edge to the first slot.
    pub(super) pad: f64,
    /// From the last slot to the column's right edge.
    pub(super) tail: f64,
    pub(super) least_slot: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) bracket: f64,
    pub(super) text: f64,
}

impl Layout {
    pub(super) fn place_columns(&mut self, left: f64, room: f64, most: f64, counts: &Counts, shape: &LaneShape) {
        let width = column_width(room, counts, most);
        let coarse = self.zoom > Zoom::Bars;
        let (inset, pad, tail) = if coarse { (0.0, 0.0, 0.0) } else { (shape.inset, shape.pad, shape.tail) };
        let inner = (width - pad - tail).max(0.1);
        self.slots = if self.zoom == Zoom::Cells { ((inner + 0.2) / shape.least_slot).floor().clamp(2.0, 14.0) as usize } else { 7 };
        self.slot = inner / self.slots as f64;
        let mut x = left;
        for (topic, partitions) in counts.partitions.iter().enumerate() {
            let begin = x;
            for partition in 0..*partitions {
                let lane = Rect::new(x + inset, shape.top, width - 2.0 * inset, shape.bottom - shape.top);
                let head = Rect::new(lane.x, lane.y, lane.w, 28.0);
                self.columns.push(Column { topic, partition, lane, head, cells: short(x + pad) });
                x += width;
            }
            let bracket = (shape.bracket.is_finite() && *partitions > 0).then(|| (short(begin + inset), short(x - inset), shape.bracket));
            let text = (shape.text.is_finite() && *partitions > 0).then(|| Point::new(short(begin + inset), shape.text));
            self.topics.push(TopicHead { bracket, text });
            x += TOPIC_GAP;
        }
    }

    /// The first line of the card bears its name; the others are `line` high, 0: they share it.
    pub(super) fn place_quorum(&mut self, first: Rect, line: f64, controllers: usize) {
        let more = controllers.saturating_sub(1) as f64;
        self.quorum = Rect::new(first.x, first.y, first.w, first.h + more * line);
        self.controllers = (0..controllers)
            .map(|i| match i {
                0 => first,
                _ if line == 0.0 => first,
                _ => Rect::new(first.x, first.y + first.h + (i as f64 - 1.0) * line, first.w, line),
            })
            .collect();
    }

    pub(super) fn place_producers_beside(&mut self, space: Rect, rack_bottom: f64, limit: f64, count: usize) {
        const FULL: f64 = 228.0;
        let n = count as f64;
        let room = limit - space.y;
        let (card, h, gap) = if n * FULL + (n - 1.0) * 14.0 <= room {
            (Card::Full, FULL, 14.0)
        } else if n * 96.0 + (n - 1.0) * 10.0 <= room {
            (Card::Short, 96.0, 10.0)
        } else {
            (Card::Line, ((room - (n - 1.0) * 4.0) / n.max(1.0)).clamp(10.0, 36.0), 4.0)
        };
        let stack = n * h + (n - 1.0) * gap;
        let centre = (self.rack.y + rack_bottom) / 2.0;
        let top = (centre - stack / 2.0 - 1.0).floor().min(limit - stack).max(space.y);
        self.producer_card = card;
        self.producers = (0..count).map(|i| Rect::new(space.x, top + i as f64 * (h + gap), space.w, h)).collect();
    }

    pub(super) fn place_producers_above(&mut self, first: Rect, pitch: f64, count: usize) {
        self.producer_card = if self.fold == Fold::Narrow { Card::Line } else { Card::Short };
        // From the fourth on they share lines.
        let lines = count.clamp(1, 3);
        let columns = count.div_ceil(lines).max(1);
        let gap = 8.0;
        let w = (first.w - gap * (columns as f64 - 1.0)) / columns as f64;
        self.producers = (0..count)
            .map(|i| Rect::new(first.x + (i % columns) as f64 * (w + gap), first.y + (i / columns) as f64 * pitch, w, first.h))
            .collect();
    }

    pub(super) fn place_consumers_beside(&mut self, x: f64, top: f64, bottom: f64, counts: &Counts) {
        const W: f64 = 156.0;
        let boxes: Vec<&Vec<usize>> = counts.groups.iter().chain((!counts.loners.is_empty()).then_some(&counts.loners)).collect();
        let member = |card: Card, partitions: usize| match card {
            Card::Full => 53.0 + 19.0 * partitions.max(1) as f64,
            Card::Short => 26.0,
            Card::Line => 0.0,
        };
        let between = |card: Card| if card == Card::Full { 8.0 } else { 4.0 };
        let height = |card: Card, members: &[usize]| match card {
            Card::Line => 52.0,
            _ if members.is_empty() => 60.0,
            _ => 30.0 + members.iter().map(|p| member(card, *p) + between(card)).sum::<f64>(),
        };
        let n = boxes.len();
        let room = bottom - top;
        let least = |card: Card| boxes.iter().map(|b| height(card, b)).sum::<f64>() + 12.0 * n.saturating_sub(1) as f64;
        let card = [Card::Full, Card::Short, Card::Line].into_iter().find(|c| least(*c) <= room).unwrap_or(Card::Line);
        let total: f64 = boxes.iter().map(|b| height(card, b)).sum();
        let gap = if n > 1 { ((room - total) / (n as f64 - 1.0)).clamp(4.0, 66.0) } else { 0.0 };
        self.consumer_card = card;
        let mut y = top;
        for members in boxes {
            let rect = Rect::new(x, y, W, height(card, members));
            let mut at = y + 28.0;
            let cards = members
                .iter()
                .map(|partitions| {
                    let h = if card == Card::Line { 18.0 } else { member(card, *partitions) };
                    let member = Rect::new(x + 8.0, at, W - 16.0, h);
                    at += if card == Card::Line { 0.0 } else { h + between(card) };
                    member
                })
                .collect();
            self.groups.push(GroupBox { rect, members: cards });
            y += rect.h + gap;
        }
    }

    /// Consumers under the rack, groups side by side in as many lines as they need; the lower edge of the last.
    pub(super) fn place_consumers_below(&mut self, top: f64, counts: &Counts) -> f64 {
        let narrow = self.fold == Fold::Narrow;
        let (left, room, h, gap) = if narrow { (16.0, 328.0, 40.0, 10.0) } else { (30.0, 708.0, 58.0, 20.0) };
        let (each, own, most) = if narrow { (94.0, 18.0, 3) } else { (160.0, 104.0, 4) };
        self.consumer_card = Card::Short;
        let boxes: Vec<&Vec<usize>> = counts.groups.iter().chain((!counts.loners.is_empty()).then_some(&counts.loners)).collect();
        let wants = |members: &Vec<usize>| members.len().clamp(1, most);
        let mut rest = &boxes[..];
        let mut y = top;
        let mut bottom = top - 16.0 + 8.0;
        while !rest.is_empty() {
            let (mut count, mut taken) = (0, 0);
            while let Some(members) = rest.get(count).filter(|members| count == 0 || taken + wants(members) <= most) {
                count += 1;
                taken += wants(members);
            }
            let (line, more) = rest.split_at(count);
            rest = more;
            let total = each * taken as f64 + own * count as f64;
            let free = room - gap * (line.len() as f64 - 1.0);
            let mut x = left;
            let mut tallest: f64 = h;
            for members in line {
                let w = ((each * wants(members) as f64 + own) / total * free).round();
                let rows = members.len().div_ceil(most).max(1);
                let height = h + (rows as f64 - 1.0) * 28.0;
                tallest = tallest.max(height);
                let rect = Rect::new(x, y, w, height);
                let label = if narrow { 20.0 + if members.len() > 1 { 0.0 } else { 21.0 } } else { 10.0 };
                let columns = wants(members);
                let between = if narrow { 6.0 } else { 8.0 };
                let inner = w - label - if narrow { 7.0 } else { 10.0 };
                let card = (inner - between * (columns as f64 - 1.0)) / columns as f64;
                let cards = (0..members.len())
                    .map(|i| {
                        let row = (i / columns) as f64 * 28.0;
                        let card_y = if narrow { y + 8.0 + row } else { y + 28.0 + row };
                        Rect::new(x + label + (i % columns) as f64 * (card + between), card_y, card, 24.0)
                    })
                    .collect();
                self.groups.push(GroupBox { rect, members: cards });
                x += w + gap;
            }
            bottom = y + tallest;
            y = bottom + 12.0;
        }
        bottom
    }
}
