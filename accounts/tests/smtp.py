"""A small mail server for the tests: real sockets, and answers that are chosen."""

import socketserver
import threading
from contextlib import contextmanager


class Dialogue(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 here")
        recipient, server = "", self.server
        for raw in self.rfile:
            verb = raw[:4].upper().strip()
            if verb in (b"EHLO", b"HELO"):
                self.say("250 here")
            elif verb == b"MAIL":
                self.say("250 ok")
            elif verb == b"RCPT":
                recipient = raw.decode().partition("<")[2].partition(">")[0]
                server.tries.append(recipient)
                self.say(server.answers.pop(0) if server.answers else "250 ok")
            elif verb == b"DATA":
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line)
                server.received.append((recipient, b"".join(lines).decode()))
                if not server.pause.wait(30):
                    return
                self.say("250 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class MailServer(socketserver.ThreadingTCPServer):
    """`answers`: what the next recipients hear (then 250); `received`: (recipient, text); `pause`: cleared, the
    server takes a mail and does not say so."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.answers, self.tries, self.received = [], [], []
        self.pause = threading.Event()
        self.pause.set()

    @property
    def port(self):
        return self.server_address[1]


@contextmanager
def mail_server():
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.pause.set()
            server.shutdown()
            thread.join()
