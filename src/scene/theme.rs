//! The colours a picture names; the page looks each up once per theme.

/// A colour token of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Ink {
    Surface,
    Edge,
    Ink,
    Leader,
    OnLeader,
    Follower,
    Record,
    RecordEdge,
    OnRecord,
    Consumer,
    ConsumerInk,
    Control,
    Fault,
}

impl Ink {
    /// All of them, in order.
    pub const ALL: [Ink; 13] = [
        Ink::Surface,
        Ink::Edge,
        Ink::Ink,
        Ink::Leader,
        Ink::OnLeader,
        Ink::Follower,
        Ink::Record,
        Ink::RecordEdge,
        Ink::OnRecord,
        Ink::Consumer,
        Ink::ConsumerInk,
        Ink::Control,
        Ink::Fault,
    ];

    /// The custom property that holds it.
    pub const fn property(self) -> &'static str {
        match self {
            Ink::Surface => "--surface",
            Ink::Edge => "--edge",
            Ink::Ink => "--ink",
            Ink::Leader => "--leader",
            Ink::OnLeader => "--on-leader",
            Ink::Follower => "--follower",
            Ink::Record => "--record",
            Ink::RecordEdge => "--record-edge",
            Ink::OnRecord => "--on-record",
            Ink::Consumer => "--consumer",
            Ink::ConsumerInk => "--consumer-ink",
            Ink::Control => "--control",
            Ink::Fault => "--fault",
        }
    }
}

/// A screen second's worth of microseconds.
pub const SCREEN_SECOND: i64 = 1_000_000;
/// How long a hop lasts on screen under the director, in screen microseconds (design 6).
pub const HOP: i64 = 520_000;
/// How long a fact's ring lasts on screen.
pub const PULSE: i64 = 640_000;
/// How long a moved leadership is drawn on screen.
pub const MOVED: i64 = 4 * SCREEN_SECOND;
