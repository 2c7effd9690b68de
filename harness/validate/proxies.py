"""A real HAProxy and a real nginx in front of the same back ends, set up to do what the simulated
balancer does: round robin, no connection kept to a back end; no retry, or with `own_retries` those of
the preset of that name. They differ in how a target leaves and comes."""

import os
import signal
import socket
import subprocess


class HAProxy:
    name = "HAProxy"
    slow_start = True

    def __init__(self, folder, port, backends, absent, slow_start, own_retries):
        retries = "retries 3\n  option redispatch" if own_retries else "retries 0"
        self.socket = os.path.join(folder, "haproxy.sock")
        config = os.path.join(folder, "haproxy.cfg")
        slow = f" slowstart {slow_start}s" if slow_start else ""
        servers = "\n".join(
            f"  server s{i} 127.0.0.1:{to} weight 100{slow}" + (" disabled" if i in absent else "")
            for i, to in enumerate(backends)
        )
        with open(config, "w") as out:
            out.write(
                f"""global
  maxconn 8000
  nbthread 1
  stats socket {self.socket} level admin
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  {retries}
  http-reuse never
frontend front
  bind 127.0.0.1:{port} backlog 4096
  default_backend web
backend web
  balance roundrobin
{servers}
"""
            )
        self.process = subprocess.Popen(["haproxy", "-db", "-q", "-f", config])

    def _tell(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.socket)
            client.sendall(command.encode() + b"\n")
            answer = client.recv(4096).strip()
        if answer:
            raise RuntimeError(f"{command}: {answer.decode()}")

    def leave(self, i):
        self._tell(f"set server web/s{i} state drain")

    def come(self, i):
        self._tell(f"set server web/s{i} state ready")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Nginx:
    name = "nginx"
    slow_start = False  # its slow start is in the commercial edition

    def __init__(self, folder, port, backends, absent, slow_start, own_retries):
        assert not slow_start
        self.fails = "" if own_retries else " max_fails=0"  # by default 1 in 10 s
        self.next = "error timeout" if own_retries else "off"
        self.folder, self.port, self.backends, self.down = folder, port, backends, set(absent)
        self._write()
        self.process = subprocess.Popen(["nginx", "-c", self.config, "-p", folder])

    def _write(self):
        self.config = os.path.join(self.folder, "nginx.conf")
        servers = "\n".join(
            f"    server 127.0.0.1:{to}{self.fails}" + (" down;" if i in self.down else ";")
            for i, to in enumerate(self.backends)
        )
        with open(self.config, "w") as out:
            out.write(
                f"""daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/nginx.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  upstream web {{
{servers}
  }}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    location / {{
      proxy_pass http://web;
      proxy_next_upstream {self.next};
      proxy_connect_timeout 10s;
      proxy_ignore_client_abort on;
    }}
  }}
}}
"""
            )

    def _reload(self):
        self._write()
        self.process.send_signal(signal.SIGHUP)

    def leave(self, i):
        self.down.add(i)
        self._reload()

    def come(self, i):
        self.down.discard(i)
        self._reload()

    def stop(self):
        self.process.terminate()
        self.process.wait()


PROXIES = [HAProxy, Nginx]
