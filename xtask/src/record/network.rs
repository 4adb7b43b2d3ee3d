//! The hosts: network namespaces that hang on one bridge, and the links between them that can be cut.

use std::process::Command;

const NET: &str = "10.77.0.";

/// What a program prints. An error has what it said.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let found = Command::new(program).args(arguments).output().map_err(|e| format!("{program}: {e}"))?;
    if found.status.success() {
        Ok(String::from_utf8_lossy(&found.stdout).into_owned())
    } else {
        Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&found.stderr).trim()))
    }
}

fn ip(arguments: &str) -> Result<String, String> {
    output("ip", &arguments.split(' ').collect::<Vec<_>>())
}

/// A host's name and address; its namespace is `kn-` and the name.
pub(crate) struct Network {
    hosts: Vec<(String, String)>,
}

impl Network {
    pub(crate) fn new() -> Result<Network, String> {
        ip("link add kbr type bridge")?;
        ip(&format!("addr add {NET}254/24 dev kbr"))?;
        ip("link set kbr up")?;
        Ok(Network { hosts: Vec::new() })
    }

    /// The address of a host, which is made when there is none of that name.
    pub(crate) fn host(&mut self, name: &str) -> Result<String, String> {
        if let Some((_, address)) = self.hosts.iter().find(|(known, _)| known == name) {
            return Ok(address.clone());
        }
        let number = self.hosts.len() + 1;
        let (space, address) = (format!("kn-{name}"), format!("{NET}{number}"));
        ip(&format!("netns add {space}"))?;
        ip(&format!("link add kv{number} type veth peer name eth0 netns {space}"))?;
        ip(&format!("link set kv{number} master kbr up"))?;
        ip(&format!("-n {space} addr add {address}/24 dev eth0"))?;
        ip(&format!("-n {space} link set eth0 up"))?;
        ip(&format!("-n {space} link set lo up"))?;
        self.hosts.push((name.to_string(), address.clone()));
        Ok(address)
    }

    /// The address of a host that is there.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.hosts.iter().find(|(known, _)| known == name).map_or("", |(_, address)| address)
    }

    /// What `a` sends to `b` is dropped on arrival, or no longer (`undo`).
    pub(crate) fn cut(&mut self, a: &str, b: &str, undo: bool) -> Result<(), String> {
        let from = self.host(a)?;
        self.host(b)?;
        let change = if undo { "-D" } else { "-A" };
        let done = ip(&format!("netns exec kn-{b} iptables {change} INPUT -s {from} -j DROP"));
        if undo { Ok(()) } else { done.map(|_| ()) } // What is not cut heals too.
    }

    pub(crate) fn heal(&self) -> Result<(), String> {
        self.hosts.iter().try_for_each(|(name, _)| ip(&format!("netns exec kn-{name} iptables -F INPUT")).map(|_| ()))
    }

    /// Open links carry what a dead process sent and the end of its connections; what a cut holds back dies with it.
    pub(crate) fn forget_connections(&self, name: &str) -> Result<(), String> {
        ip(&format!("netns exec kn-{name} ss -K -a")).map(|_| ())
    }
}
