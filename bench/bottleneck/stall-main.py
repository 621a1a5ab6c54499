"""The other make: HTTP on asyncio, one thread. PLANT says what it lacks, AMOUNT how badly. Tells of nothing but its queue and collector."""
import asyncio, collections, gc, hashlib, os, signal, sys, time
from concurrent.futures import ThreadPoolExecutor

plant, amount = os.environ.get("PLANT", "none"), float(os.environ.get("AMOUNT", "10"))
gates = {"pool": asyncio.Semaphore(5), "few": asyncio.Semaphore(3), "slots": asyncio.Semaphore(4), "lock": asyncio.Lock()}
jobs, kept = collections.deque(), []
bucket, collected, begun = {"second": 0, "left": 0}, 0.0, 0.0
disks = ThreadPoolExecutor(4)
written = 0


def watch(phase, _):
    global collected, begun
    if phase == "start":
        begun = time.perf_counter()
    else:
        collected += time.perf_counter() - begun


def burn(ms):
    end = time.thread_time() + ms / 1000
    while time.thread_time() < end:
        pass


def write():
    global written
    written += 1
    file = os.open(os.path.join(os.environ["FOLDER"], "stall-%d" % (written % 16)), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        for _ in range(int(amount)):
            os.write(file, b"1" * 4096)
            os.fdatasync(file)
    finally:
        os.close(file)


async def consume():
    while True:
        await asyncio.sleep(amount / 1000)
        if jobs:
            jobs.popleft()[1].set_result(None)


async def fetch():
    host, port = os.environ["BEHIND"].split("//")[1].split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    await reader.read()
    writer.close()


async def work():
    if plant == "cpu":
        burn(amount)
    elif plant == "crypto":
        hashlib.pbkdf2_hmac("sha256", b"password", b"salt", int(amount * 2000))
    elif plant in gates:
        async with gates[plant]:
            await asyncio.sleep(amount / 1000)
    elif plant == "disk":
        await asyncio.get_running_loop().run_in_executor(disks, write)
    elif plant == "memory":
        gc.collect()
    elif plant == "downstream":
        await fetch()
    elif plant == "queue":
        done = asyncio.get_running_loop().create_future()
        jobs.append((time.time(), done))
        await done
    elif plant == "limiter":
        await asyncio.sleep(0.005)
    elif plant != "close":
        await asyncio.sleep(amount / 1000)


def may_pass():
    now = int(time.monotonic())
    if bucket["second"] != now:
        bucket.update(second=now, left=amount)
    bucket["left"] -= 1
    return bucket["left"] >= 0


def page():
    age = time.time() - jobs[0][0] if jobs else 0
    queue = "palier_queue_depth %d\npalier_queue_age_seconds %f\n" % (len(jobs), age) if plant == "queue" else ""
    return queue + "# TYPE palier_gc_seconds_total counter\npalier_gc_seconds_total %f\n" % collected


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path, status, body = head.split(b" ", 2)[1], "200 OK", "ok"
            if path == b"/metrics":
                body = page()
            elif path != b"/health":
                if plant == "limiter" and not may_pass():
                    status = "429 Too Many Requests"
                else:
                    await work()
            close = "connection: close\r\n" if plant == "close" else ""
            writer.write(("HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (status, close, len(body), body)).encode())
            await writer.drain()
            if close:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    gc.callbacks.append(watch)
    if plant == "memory":
        kept.extend({"n": [n]} for n in range(int(amount * 5000)))
    if plant == "queue":
        asyncio.get_running_loop().create_task(consume())
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
    await server.serve_forever()


sys.setswitchinterval(0.005)
asyncio.run(main())
