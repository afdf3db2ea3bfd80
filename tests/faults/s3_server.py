"""An S3 server in memory (moto) that answers one request after the other, so that `If-None-Match` is atomic."""

import sys

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
print(server.server_port, flush=True)
sys.stdout.close()
server.serve_forever()
