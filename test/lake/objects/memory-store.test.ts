import { memoryStore } from '../../../lake/objects/memory-store';
import { objectStoreContract } from './contract';

objectStoreContract('the memory store', () => ({ store: memoryStore(), prefix: 's3://memory/contract/' }));
