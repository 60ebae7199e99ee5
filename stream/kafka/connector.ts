import type { ConnectBroker } from './broker';
import type { ConnectionSettings } from './broker-connection';
import { platformaticConnect } from './broker-connection';
import { loadPlatformatic } from './platformatic';

/** The way to connect to real brokers. */
export async function connector(
  clientId: string,
  settings: Omit<ConnectionSettings, 'clientId'>,
): Promise<ConnectBroker> {
  return platformaticConnect(await loadPlatformatic(), { clientId, ...settings });
}
