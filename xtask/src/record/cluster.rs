//! A cluster of processes: brokers with a KRaft quorum, or with ZooKeeper, and the clients that talk to it.

use super::client::Client;
use super::network::Network;
use super::{Paths, VERSION, VERSION_ZK};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Any sixteen bytes, as Kafka writes them.
const CLUSTER_ID: &str = "cGxheWdyb3VuZC1rYWZrYQ";

/// What only makes a small machine bearable; Kafka's rules stay.
const SMALL: &[(&str, &str)] = &[
    ("num.network.threads", "2"),
    ("num.io.threads", "2"),
    ("log.cleaner.dedupe.buffer.size", "10485760"),
    ("offsets.topic.num.partitions", "5"),
    ("transaction.state.log.num.partitions", "5"),
    ("controlled.shutdown.retry.backoff.ms", "500"),
];

/// `KEY=VALUE` words, in order.
pub(crate) type Options = Vec<(String, String)>;

/// Takes the value of `key` out of the options.
pub(crate) fn take(options: &mut Options, key: &str) -> Option<String> {
    let at = options.iter().position(|(name, _)| name == key)?;
    Some(options.remove(at).1)
}

pub(crate) struct Cluster<'a> {
    paths: &'a Paths,
    /// The data, logs and configurations of this run's nodes.
    folder: PathBuf,
    pub(crate) network: Network,
    pub(crate) zk: bool,
    pub(crate) controllers: Vec<String>,
    configs: Options,
    replication: usize,
    voters: String,
    pub(crate) nodes: BTreeMap<String, Child>,
    pub(crate) clients: BTreeMap<String, Client>,
    admin: Option<Client>,
    bootstrap: String,
}

impl<'a> Cluster<'a> {
    /// Starts what the words behind `cluster` ask for and waits until every broker is active.
    pub(crate) fn start(paths: &'a Paths, folder: &Path, mut options: Options) -> Result<Cluster<'a>, String> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let number = |name: &str, given: Option<String>, default: usize| match given {
            Some(text) => text.parse().map_err(|_| format!("found {name}={text}, expected a number")),
            None => Ok(default),
        };
        let brokers = number("brokers", take(&mut options, "brokers"), 3)?;
        let zk = take(&mut options, "profile").is_some_and(|profile| profile == "3.9-zk");
        let controllers = number("controllers", take(&mut options, "controllers"), 1)?;
        let controllers = if zk { 0 } else { controllers };
        let racks = take(&mut options, "racks").unwrap_or_default();
        let racks: Vec<&str> = racks.split(',').filter(|rack| !rack.is_empty()).collect();
        take(&mut options, "seed");
        if let Some((key, value)) = options.iter().find(|(key, _)| !key.contains('.')) {
            return Err(format!("found {key}={value}, which a real cluster does not have"));
        }
        let mut cluster = Cluster {
            folder: folder.to_path_buf(),
            network: Network::new()?,
            zk,
            controllers: (1..=controllers).map(|i| (3000 + i).to_string()).collect(),
            configs: options,
            replication: brokers,
            voters: String::new(),
            nodes: BTreeMap::new(),
            clients: BTreeMap::new(),
            admin: None,
            bootstrap: String::new(),
            paths,
        };
        let names: Vec<String> = (1..=brokers).map(|i| i.to_string()).collect();
        cluster.network.host("admin")?;
        let mut voters = Vec::new();
        for controller in &cluster.controllers {
            voters.push(format!("{controller}@{}:9093", cluster.network.host(controller)?));
        }
        cluster.voters = voters.join(",");
        if zk {
            cluster.prepare_zookeeper()?;
            cluster.launch("zk")?;
            sleep(Duration::from_secs(3));
        }
        for controller in cluster.controllers.clone() {
            cluster.prepare(&controller, None)?;
            cluster.launch(&controller)?;
        }
        let mut addresses = Vec::new();
        for (i, broker) in names.iter().enumerate() {
            let rack = if racks.is_empty() { None } else { Some(racks[i % racks.len()]) };
            cluster.prepare(broker, rack)?;
            addresses.push(format!("{}:9092", cluster.network.host(broker)?));
        }
        cluster.bootstrap = addresses.join(",");
        // With ZooKeeper the first to come is the controller: always the highest id.
        for broker in names.iter().rev() {
            cluster.launch(broker)?;
            if zk && *broker == names[brokers - 1] {
                let asked = ["get /controller".to_string()];
                cluster.until(60, |c| Ok(c.zookeeper(&asked)?.contains(&format!("\"brokerid\":{broker}"))))?;
            }
        }
        cluster.until(180, |c| Ok(c.broker_states()?.values().filter(|state| **state == "active").count() == brokers))?;
        let config = json!({"bootstrap.servers": cluster.bootstrap, "request.timeout.ms": "15000", "default.api.timeout.ms": "30000"});
        cluster.admin = Some(Client::start(cluster.client_process("admin")?, &json!({"role": "admin", "config": config}))?);
        Ok(cluster)
    }

    pub(crate) fn data(&self, node: &str) -> PathBuf {
        self.folder.join(node).join("data")
    }

    fn write(&self, node: &str, properties: &[(String, String)]) -> Result<(), String> {
        fs::create_dir_all(self.data(node)).map_err(|e| format!("{}: {e}", self.folder.display()))?;
        let text: String = properties.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        let file = self.folder.join(node).join("server.properties");
        fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))
    }

    fn prepare_zookeeper(&mut self) -> Result<(), String> {
        let address = self.network.host("zk")?;
        let data = self.data("zk").display().to_string();
        let properties = [
            ("tickTime", "500"),
            ("minSessionTimeout", "1000"),
            ("dataDir", &data),
            ("clientPort", "2181"),
            ("clientPortAddress", &address),
            ("maxClientCnxns", "0"),
            ("admin.enableServer", "false"),
        ];
        self.write("zk", &properties.map(|(key, value)| (key.to_string(), value.to_string())))
    }

    /// Writes a node's configuration, later lines winning over earlier ones, and formats its disk.
    pub(crate) fn prepare(&mut self, node: &str, rack: Option<&str>) -> Result<(), String> {
        let address = self.network.host(node)?;
        let controller = self.controllers.iter().any(|c| c == node);
        let mut properties: Options = SMALL.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect();
        let mut set = |key: &str, value: String| properties.push((key.to_string(), value));
        let copies = |most: usize| self.replication.min(most).to_string();
        set("log.dirs", self.data(node).display().to_string());
        set("offsets.topic.replication.factor", copies(3));
        set("transaction.state.log.replication.factor", copies(3));
        set("transaction.state.log.min.isr", copies(2));
        set("listeners", if controller { format!("CONTROLLER://{address}:9093") } else { format!("PLAINTEXT://{address}:9092") });
        if self.zk {
            set("broker.id", node.to_string());
            set("zookeeper.connect", format!("{}:2181", self.network.host("zk")?));
        } else {
            set("node.id", node.to_string());
            set("process.roles", if controller { "controller" } else { "broker" }.to_string());
            set("controller.quorum.voters", self.voters.clone());
            set("controller.listener.names", "CONTROLLER".to_string());
            set("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_string());
        }
        if let Some(rack) = rack {
            set("broker.rack", rack.to_string());
        }
        properties.extend(self.configs.iter().cloned());
        self.write(node, &properties)?;
        if self.zk { Ok(()) } else { self.format(node) }
    }

    /// Changes a stopped node's configuration.
    pub(crate) fn reconfigure(&self, node: &str, changes: &Options) -> Result<(), String> {
        let file = self.folder.join(node).join("server.properties");
        let mut text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        text.extend(changes.iter().map(|(key, value)| format!("{key}={value}\n")));
        fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))
    }

    fn format(&self, node: &str) -> Result<(), String> {
        let mut tool = self.java(None, "format", VERSION, "-Xmx128m");
        tool.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"]).arg(self.folder.join(node).join("server.properties"));
        let found = tool.output().map_err(|e| format!("java: {e}"))?;
        if found.status.success() {
            Ok(())
        } else {
            Err(format!("formatting the disk of {node}: {}", String::from_utf8_lossy(&found.stderr)))
        }
    }

    /// Leaves an empty, formatted disk.
    pub(crate) fn wipe(&self, node: &str) -> Result<(), String> {
        let data = self.data(node);
        fs::remove_dir_all(&data).and_then(|()| fs::create_dir_all(&data)).map_err(|e| format!("{}: {e}", data.display()))?;
        if self.zk { Ok(()) } else { self.format(node) }
    }

    /// A virtual machine with Kafka's classes, on a host when it has to be on one. Each `kind` of process has a class archive of its own.
    pub(crate) fn java(&self, host: Option<&str>, kind: &str, version: &str, memory: &str) -> Command {
        let mut command = match host {
            Some(host) => {
                let mut command = Command::new("ip"); // It becomes java, so its process is java's own.
                command.args(["netns", "exec", &format!("kn-{host}"), "java"]);
                command
            }
            None => Command::new("java"),
        };
        command.args(["-XX:-UsePerfData", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", memory]);
        let archive = self.paths.archives().join(format!("{kind}.jsa"));
        if self.paths.archiving && !archive.exists() {
            command.arg(format!("-XX:ArchiveClassesAtExit={}", archive.display()));
        } else if archive.exists() && !self.paths.archiving {
            command.arg(format!("-XX:SharedArchiveFile={}", archive.display())).args(["-Xshare:auto", "-Xlog:disable"]);
        }
        command.args(["-cp", &format!("{}/*:{}", self.paths.jars(version).display(), self.paths.classes().display())]);
        command.stdin(Stdio::null());
        command
    }

    fn client_process(&mut self, name: &str) -> Result<Command, String> {
        self.network.host(name)?;
        let said = self.folder.join(format!("client-{name}.log"));
        let said = File::create(&said).map_err(|e| format!("{}: {e}", said.display()))?;
        let mut java = self.java(Some(name), "client", VERSION, "-Xmx96m");
        java.stderr(said);
        Ok(java)
    }

    /// Starts a client; what it says first is `ok` or why not. `more` goes beside its role and configuration.
    pub(crate) fn client(&mut self, name: &str, role: &str, config: Options, more: Options) -> Result<&mut Client, String> {
        let java = self.client_process(name)?;
        let mut first = json!({"role": role, "config": {"bootstrap.servers": self.bootstrap, "client.id": name}});
        config.into_iter().for_each(|(key, value)| first["config"][key] = json!(value));
        more.into_iter().for_each(|(key, value)| first[key] = json!(value));
        self.clients.insert(name.to_string(), Client::start(java, &first)?);
        self.clients.get_mut(name).ok_or_else(|| format!("no client {name}"))
    }

    pub(crate) fn admin(&mut self, command: &serde_json::Value) -> serde_json::Value {
        self.admin.as_mut().map_or(json!("no admin client"), |admin| admin.ask(command))
    }

    /// Starts a node's process.
    pub(crate) fn launch(&mut self, node: &str) -> Result<(), String> {
        let (kind, main) = if node == "zk" {
            ("zk", "org.apache.zookeeper.server.quorum.QuorumPeerMain")
        } else if self.controllers.iter().any(|c| c == node) {
            ("controller", "kafka.Kafka")
        } else {
            (if self.zk { "zk-broker" } else { "broker" }, "kafka.Kafka")
        };
        let folder = self.folder.join(node);
        let log = File::options().create(true).append(true).open(folder.join("out.log"));
        let log = log.map_err(|e| format!("{}: {e}", folder.display()))?;
        let errors = log.try_clone().map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut java = self.java(Some(node), kind, if self.zk { VERSION_ZK } else { VERSION }, "-Xmx320m");
        java.arg(main).arg(folder.join("server.properties")).stdout(log).stderr(errors);
        self.nodes.insert(node.to_string(), java.spawn().map_err(|e| format!("starting {node}: {e}"))?);
        Ok(())
    }

    /// The process of a node or a client.
    pub(crate) fn process(&mut self, name: &str) -> Result<&mut Child, String> {
        if let Some(process) = self.nodes.get_mut(name) {
            return Ok(process);
        }
        self.clients.get_mut(name).map(|client| &mut client.process).ok_or_else(|| format!("found {name:?}, expected a node or a client"))
    }

    pub(crate) fn is_down(&mut self, node: &str) -> bool {
        self.nodes.get_mut(node).is_none_or(|process| !matches!(process.try_wait(), Ok(None)))
    }

    /// What ZooKeeper's own shell prints for the commands.
    pub(crate) fn zookeeper(&self, commands: &[String]) -> Result<String, String> {
        let address = self.network.address("zk");
        let script = self.folder.join("zookeeper-shell.txt");
        let text = commands.join("\n") + "\nquit\n";
        fs::write(&script, text).and_then(|()| File::open(&script)).map_err(|e| format!("{}: {e}", script.display())).and_then(|script| {
            let mut shell = Command::new("timeout");
            let java = self.java(Some("admin"), "zk-shell", VERSION_ZK, "-Xmx64m");
            shell.arg("20").arg(java.get_program()).args(java.get_args()).stdin(script);
            let found = shell.args(["org.apache.zookeeper.ZooKeeperMain", "-server", &format!("{address}:2181")]).output();
            found.map(|found| String::from_utf8_lossy(&found.stdout).into_owned()).map_err(|e| format!("the shell of ZooKeeper: {e}"))
        })
    }

    fn until(&self, seconds: u64, condition: impl Fn(&Self) -> Result<bool, String>) -> Result<(), String> {
        let start = Instant::now();
        while !condition(self)? {
            if start.elapsed() > Duration::from_secs(seconds) {
                return Err(format!("the cluster was not ready in {seconds} s; its nodes say why in {}", self.folder.display()));
            }
            sleep(Duration::from_secs(1));
        }
        Ok(())
    }

    /// Class archives are written by processes that end by themselves. Otherwise all end with the namespaces.
    pub(crate) fn end(&mut self) -> Result<(), String> {
        if !self.paths.archiving {
            return Ok(());
        }
        for (name, process) in &mut self.nodes {
            if !matches!(process.try_wait(), Ok(None)) {
                continue;
            }
            super::run::signal(process, "TERM")?;
            process.wait().map_err(|e| format!("ending {name}: {e}"))?;
        }
        Ok(())
    }
}
