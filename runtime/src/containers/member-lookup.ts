// What the networks room asks about containers, for connect and disconnect.

import type { MemberLookup } from '../spec/engine/networks.ts';
import { memberOf, networkModeOf, recordOf } from './network-request.ts';
import type { Room } from './room.ts';
import { rewriteNetworkFiles } from './sandbox-spec.ts';

export function createMemberLookup(room: Room): MemberLookup {
  return {
    async resolve(ref) {
      const container = room.store.find(ref);
      // A start or an end that is under way decides.
      await room.queue.idle(container.id);
      return {
        ...memberOf(container),
        state: container.isLive ? 'running' : 'stopped',
        netns: container.record.netns,
        mode: networkModeOf(container),
      };
    },
    async endpointsChanged(id, change) {
      const container = room.store.find(id);
      await room.queue.run(container.id, async () => {
        const { joined } = change;
        container.set({ endpoints: change.endpoints });
        if (joined !== undefined && container.isLive) {
          container.set({ joined: recordOf(joined) });
          await rewriteNetworkFiles(room, container, joined);
          if (joined.needsDns) await container.sandbox?.openDns(room.networks.dnsSocket);
        }
        await room.store.save(container, { durable: true });
      });
    },
    endpoints: (id) => Promise.resolve(room.store.find(id).record.endpoints),
    usersOf({ id, name }) {
      return room.store
        .all()
        .filter(({ record }) =>
          Object.entries(record.endpoints).some(
            ([key, endpoint]) => key === name || key === id || (endpoint.NetworkID ?? '') === id,
          ),
        )
        .map((container) => container.id);
    },
  };
}
